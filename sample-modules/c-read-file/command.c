/* Counts the lines of the one file it is made for. */

#include <stdio.h>

int main(void) {
    FILE *file = fopen("/data/message.txt", "r");
    if (file == NULL) {
        fputs("count: /data/message.txt cannot be read\n", stderr);
        return 1;
    }
    unsigned long lines = 0;
    for (int letter = getc(file); letter != EOF; letter = getc(file)) {
        if (letter == '\n') lines++;
    }
    fclose(file);
    printf("%lu\n", lines);
    return 0;
}
