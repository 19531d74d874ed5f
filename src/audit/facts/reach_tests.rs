//! Hosts, addresses, blocks and patterns in the spellings that get past a list.

use std::net::Ipv4Addr;

use super::*;
use proptest::prelude::*;

fn metadata(host: &str) -> bool {
    Reach::of(host).metadata
}

#[test]
fn a_metadata_address_is_known_in_any_spelling() {
    for host in [
        "169.254.169.254",
        "169.254.169.254.",
        "2852039166",
        "0xA9FEA9FE",
        "0xa9.0xfe.0xa9.0xfe",
        "0251.0376.0251.0376",
        "169.254.43518",
        "169.16689662",
        "[::ffff:169.254.169.254]",
        "::ffff:a9fe:a9fe",
        "::169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::",
        "fd00:ec2::254",
        "FD00:0EC2:0:0::254",
        "169.254.0.0/16",
        "168.0.0.0/6",
        "100.100.0.0/16",
        "0.0.0.0/0",
        "169.254.*",
        "169.*.*.254",
        "*.internal",
        "Metadata.Google.Internal",
        "169-254-169-254.nip.io",
    ] {
        assert!(metadata(host), "{host}");
    }
    for host in [
        "api.example.com",
        "169.253.1.1",
        "*.example.com",
        "10.0.0.0/8",
        "1.2.3.4",
        "100.64.0.1",
        "2001:db8::1",
        "metadata.example.com",
    ] {
        assert!(!metadata(host), "{host}");
    }
}

#[test]
fn wildcards_must_end_in_a_domain_of_someones_own() {
    for host in [
        "",
        "*",
        "*.*",
        "*.com",
        "*com",
        "*.co.uk",
        "*example.com",
        "api.*",
        "api.example.*",
        "*.github.io",
        "*.com.",
        "0.0.0.0",
        "::",
        "[::]",
        "0.0.0.0/1",
        "128.0.0.0/1",
        "::/0",
        "2000::/3",
        "[::]/0",
        "**",
        "{*.com,api.example.com}",
        "exa\u{43c}ple.com",
        "%31.com",
        "api.example.com@evil.com",
    ] {
        assert!(Reach::of(host).any_host, "{host}");
    }
    for host in [
        "api.example.com",
        "*.example.com",
        "api-*.example.com",
        "10.0.0.7",
        "localhost",
    ] {
        assert_eq!(Reach::of(host), Reach::default(), "{host}");
    }
}

#[test]
fn private_ranges_are_seen_whole() {
    for host in [
        "10.0.0.0/8",
        "10.*",
        "172.16.0.0/12",
        "172.0.0.0/8",
        "172.20.*",
        "192.168.1.0/24",
        "127.0.0.0/8",
        "100.64.0.0/10",
        "fd00::/8",
        "fe80::/10",
        "fd12:*",
        "192.168.*.*",
        "::ffff:10.0.0.0/104",
    ] {
        assert!(Reach::of(host).private, "{host}");
    }
    for host in [
        "10.0.0.7",
        "127.0.0.1",
        "8.8.8.0/24",
        "172.32.0.0/16",
        "fdn.example.com",
        "10.example.com",
    ] {
        assert!(!Reach::of(host).private, "{host}");
    }
}

proptest! {
    #[test]
    fn every_spelling_of_an_address_is_the_same_address(bits: u32) {
        let dotted = Ipv4Addr::from(bits).to_string();
        for spelling in [format!("{bits}"), format!("{bits:#x}"), format!("0{bits:o}"), format!("::ffff:{dotted}")] {
            prop_assert_eq!(Reach::of(&spelling), Reach::of(&dotted), "{}", spelling);
        }
    }

    #[test]
    fn no_text_panics(text in "[0-9a-fx.:*/\\[\\]{}?%-]{0,40}") {
        let _ = Reach::of(&text);
    }
}
