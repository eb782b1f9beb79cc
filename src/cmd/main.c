/* A throw-away main. */
int main(void) { return 0; }
