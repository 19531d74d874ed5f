//! C++ names of compilers, and of those who mean harm.

use super::*;

#[test]
fn names_of_compilers_read_as_their_language_has_them() {
    for (mangled, plain) in [
        ("_Z3runv", "run()"),
        ("_ZN5space3fooEibc", "space::foo(int, bool, char)"),
        ("_ZNK3Foo3barEv", "Foo::bar() const"),
        ("_ZN3FooC2ERKS_", "Foo::Foo(Foo const&)"),
        ("_ZN3FooD0Ev", "Foo::~Foo()"),
        (
            "_ZN12_GLOBAL__N_14loadEPKc",
            "(anonymous namespace)::load(char const*)",
        ),
        ("_ZL6helperi", "helper(int)"),
        ("_Z3maxIiET_S0_S0_", "max<int>(int, int)"),
        ("_ZN3FooIiE3barIcEEvT_", "Foo<int>::bar<char>(char)"),
        ("_ZN3FooIiEC1Ev", "Foo<int>::Foo()"),
        ("_Z1fPFviE", "f(void (*)(int))"),
        ("_Z1fPFPFvvEiE", "f(void (* (*)(int))())"),
        ("_Z1fRA4_Kc", "f(char const (&) [4])"),
        ("_Z1fM3FooFivE", "f(int (Foo::*)())"),
        ("_Z1fM3FooKFivES0_", "f(int (Foo::*)() const, int () const)"),
        ("_Z1fRA4_KcS0_", "f(char const (&) [4], char const [4])"),
        (
            "_Z1fIJRiOcRA4_cEEvDpOT_",
            "f<int&, char&&, char (&) [4]>(int&, char&&, char (&) [4])",
        ),
        ("_Z1fILj5ELm7ELln1ELc65EEvv", "f<5u, 7ul, -1l, (char)65>()"),
        ("_Z1fM3Fooi", "f(int Foo::*)"),
        ("_ZplRK3FooS1_", "operator+(Foo const&, Foo const&)"),
        ("_ZN3FoocvbEv", "Foo::operator bool()"),
        (
            "_ZNSt6vectorIiSaIiEE9push_backERKi",
            "std::vector<int, std::allocator<int>>::push_back(int const&)",
        ),
        ("_ZNSs6appendEPKc", "std::string::append(char const*)"),
        ("_Z4makeIJicEEvDpOT_", "make<int, char>(int&&, char&&)"),
        ("_Z1fILi5ELb1EEvv", "f<5, true>()"),
        (
            "_ZZ4mainENKUliE_clEi",
            "main::{lambda(int)#1}::operator()(int) const",
        ),
        ("_ZZN3Foo3barEvE5count", "Foo::bar()::count"),
        ("_ZdlPv", "operator delete(void*)"),
        ("_Z3runv.llvm.123", "run().llvm.123"),
    ] {
        assert_eq!(demangle(mangled).as_deref(), Some(plain), "{mangled}");
    }
}

#[test]
fn what_is_not_known_stays() {
    for name in [
        "",
        "_Z",
        "_ZN",
        "_ZN3Foo",
        "_Z3fo",
        "_Z3foov1",
        "_Z0v",
        "_Z1fS_",
        "_Z1fT_",
        "run",
        "_Z1fDTcl1aEE",
    ] {
        assert_eq!(demangle(name), None, "{name}");
    }
}

#[test]
fn hostile_names_end_at_once() {
    let started = std::time::Instant::now();
    for one in [
        "na", "nw", "St1aI", "N", "I", "1aI", "P", "K", "F", "FP", "Z", "ZN", "J", "A_", "M", "S_",
        "T_", "Ul", "cv", "L", "X", "Dp",
    ] {
        for head in ["_Z", "_ZN", "_Z1f", "_Z1fIX", "_Z1fI", "_Z1fIiE", "_Z1f1a"] {
            for tail in ["", "E", "v"] {
                let name = format!("{head}{}{tail}", one.repeat(300));
                assert!(demangle(&name).is_none_or(|text| text.len() <= MAX_NAME));
            }
        }
    }
    // Each argument is a pair of the one before.
    let bomb = (0..100).fold("_Z1f1aIiiE".to_owned(), |name, at| {
        let before = if at == 0 { "0".to_owned() } else { base_36(at) };
        format!("{name}S_IS{before}_S{before}_E")
    });
    assert_eq!(demangle(&bomb), None);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

fn base_36(number: usize) -> String {
    let digit = |value: usize| char::from(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[value % 36]);
    if number < 36 {
        digit(number).to_string()
    } else {
        format!("{}{}", digit(number / 36), digit(number))
    }
}

proptest::proptest! {
    #[test]
    fn no_name_panics(name in "_Z(N|Z|1f)?([0-9]{1,2}|[SITELKPRODJMAUXBFNZCa-z_]|S_|T_|St|S0_|IiE|E){0,60}") {
        proptest::prop_assert!(demangle(&name).is_none_or(|text| text.len() <= MAX_NAME));
    }
}
