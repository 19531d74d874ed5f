//! Keys and signatures that `ssh-keygen` made of the message `ringfence approval 1` and a line end, public parts only.

/// RSA, 2048 bits.
pub(super) const RSA: (&str, &str) = (
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDFt/zu4lDL85lADDU7BuUk5LzGKWmjC0ZzP+0dZ4KjZWi20ozL899Dk4RLz8RB\
        THtMqLC7ChhEqtcQdYzy74jTX0C/au/12J1Z7l3NqsLpxTAHPPekhndtthwC4FjZduE4hpjgE2xo8ApNUl1xMQHLqmno8BX45x5a\
        fnWaW2KHkPl1zrjrgBLjuXiU+RYbUPADHHlPmASNHbxZys4ansEZRbs65Iwyp563ZZmsGHZzfZ2IMLTQ9Fk4TOYwtNbM+DZ8O19f\
        BrjJrRyKKQtS8FKypqjQ2euBQX7PVFOxwFNJIvAT8AHl52dKhizZV1vJMtvL9Ijiu6NyHJH6fDckU8nP",
    "U1NIU0lHAAAAAQAAARcAAAAHc3NoLXJzYQAAAAMBAAEAAAEBAMW3/O7iUMvzmUAMNTsG5STkvMYpaaMLRnM/7R1ngqNlaLbSjMvz\
        30OThEvPxEFMe0yosLsKGESq1xB1jPLviNNfQL9q7/XYnVnuXc2qwunFMAc896SGd222HALgWNl24TiGmOATbGjwCk1SXXExAcuq\
        aejwFfjnHlp+dZpbYoeQ+XXOuOuAEuO5eJT5FhtQ8AMceU+YBI0dvFnKzhqewRlFuzrkjDKnnrdlmawYdnN9nYgwtND0WThM5jC0\
        1sz4Nnw7X18GuMmtHIopC1LwUrKmqNDZ64FBfs9UU7HAU0ki8BPwAeXnZ0qGLNlXW8ky28v0iOK7o3Ickfp8NyRTyc8AAAAJcmlu\
        Z2ZlbmNlAAAAAAAAAAZzaGE1MTIAAAEUAAAADHJzYS1zaGEyLTUxMgAAAQAlV5kAa1gf0C3ZlTz9b2Byy0rQbVk0JjjwxchRuxwy\
        zn9ZL2M4YqH2oe3ZayqlAaGFhxPt5XkOzoAqAjM8Gkf0ayfnBWPtz67SaThd3DgAelEdrlDQOJQ0ovTOnnFYyJKamzM+ERwC4i3V\
        QBIuaCKK4ZFhI5AoW7qutoZi88C3Xc9eMylJHefEI+5xqsBOlnUEY8YWS6qQVzFkhBsbnG+tegMxqzTlCmTNwnj6GKQpUYqgGtx7\
        m3UZ30/qXcaXB0XwfMqTh4pyV4o7YReCYJ4ES98L13i8dvHSVT47xWkc6/kw0q39zX2hqxZyUHEP2Y9Koi7CJFqDNrJ3wwxRkNdL",
);

/// RSA, 1024 bits.
pub(super) const SHORT: (&str, &str) = (
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDLxdH30M9an9YAU1g9oaZsaJnW+W4aTUL+CXtINCi/2SrOm/ADcxFykI4VEgya\
        SHrck+yMX10gez7dyM/Lvfvf8ieDRcmD/ntUR/upmC6gvSZuuiqPFpGL3ltCW0NeDSmlqsbeVCK/NT9wbwTq41uM7Dx2di5Q735t\
        ral1G1jePQ==",
    "U1NIU0lHAAAAAQAAAJcAAAAHc3NoLXJzYQAAAAMBAAEAAACBAMvF0ffQz1qf1gBTWD2hpmxomdb5bhpNQv4Je0g0KL/ZKs6b8ANz\
        EXKQjhUSDJpIetyT7IxfXSB7Pt3Iz8u9+9/yJ4NFyYP+e1RH+6mYLqC9Jm66Ko8WkYveW0JbQ14NKaWqxt5UIr81P3BvBOrjW4zs\
        PHZ2LlDvfm2tqXUbWN49AAAACXJpbmdmZW5jZQAAAAAAAAAGc2hhNTEyAAAAlAAAAAxyc2Etc2hhMi01MTIAAACAGcq9yyNRq8iU\
        yh5NCrjhnv0Aq4S1Ay7F/BwXE/Och2s5RGm+mIFFas7T0FLETSjzzyR6vIUzZPudLcxSCUvNSY47wpYa/bVe7lb/RGb5nYMrtYBZ\
        nrCHJLGdJ40yZZoUq6skClMMIfRughDe0gQS34kRlAOgPo8IsZdarC8RXaM=",
);

/// ECDSA over P-384.
pub(super) const P384: (&str, &str) = (
    "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBDJ2dGcksoEBZjQOKjTKxY2ycZF0\
        wSidDW71j8jDyFpklpEhBYaTn9WIi8qtluXGf7Br7Ws8aCJmw7hZz+NrurYVUapDwNcw+TCxj5dBzl5afk4nmVh6rCCT2wH6M2Wu\
        Aw==",
    "U1NIU0lHAAAAAQAAAIgAAAATZWNkc2Etc2hhMi1uaXN0cDM4NAAAAAhuaXN0cDM4NAAAAGEEMnZ0ZySygQFmNA4qNMrFjbJxkXTB\
        KJ0NbvWPyMPIWmSWkSEFhpOf1YiLyq2W5cZ/sGvtazxoImbDuFnP42u6thVRqkPA1zD5MLGPl0HOXlp+TieZWHqsIJPbAfozZa4D\
        AAAACXJpbmdmZW5jZQAAAAAAAAAGc2hhNTEyAAAAgwAAABNlY2RzYS1zaGEyLW5pc3RwMzg0AAAAaAAAADAv/Damm8lhvP/3LVY7\
        iTn9ZJGPZS5ZfymNzexf98Yt4NftbE73s+YebghW8ysUVZkAAAAweQ4iRvZepM0zT25jAzb3NN8aeIePaCRhagf5s9ziOwGITCaJ\
        gDCjwT83S9fbczR+",
);
