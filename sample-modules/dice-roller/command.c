/* Rolls a die and says when: two things that no second run repeats. */

#include <stdio.h>
#include <sys/random.h>
#include <time.h>

int main(void) {
    unsigned char byte = 0;
    if (getentropy(&byte, 1) != 0) return 1;
    printf("%lld: %d\n", (long long)time(NULL), byte % 6 + 1);
    return 0;
}
