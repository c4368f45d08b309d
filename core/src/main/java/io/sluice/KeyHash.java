package io.sluice;

import java.security.SecureRandom;

/** A seeded 64-bit hash of a key; never 0. Immutable. */
final class KeyHash {

    /*
     * A folded multiply (as in wyhash and its kin): each step takes eight characters, xors their halves with the
     * state and with a secret, multiplies them to 128 bits, and xors both halves of the product. The seed is 128
     * random bits, so nobody who chooses keys can choose where they meet. Equal hashes mean equal callers: among a
     * million callers two share a record with a probability of 3 in 100 million.
     *
     * The rest after the whole steps is hashed as the last eight characters of the key, some of them a second time.
     * So a key of 36 characters takes five steps and no loop over single characters. The length distinguishes keys
     * that would then read the same, such as nine times "a" and fifteen times "a". It is multiplied into the start,
     * while the processor reads the key. If it were xored with characters, somebody who chooses them could undo it.
     *
     * charAt, not the bytes of the string: it allocates nothing and takes characters beyond Latin-1 whole.
     */

    private final long seed;
    private final long secret;

    KeyHash(long seed, long secret) {
        this.seed = seed;
        this.secret = secret;
    }

    static KeyHash random() {
        SecureRandom random = new SecureRandom();
        return new KeyHash(random.nextLong(), random.nextLong());
    }

    long hash(String key) {
        int length = key.length();
        long state = mix(seed ^ length, secret);
        int at = 0;
        for (; at <= length - 8; at += 8) {
            state = mix(state ^ fourChars(key, at), secret ^ fourChars(key, at + 4));
        }
        if (at < length) {
            state = length >= 8
                    ? mix(state ^ fourChars(key, length - 8), secret ^ fourChars(key, length - 4))
                    : mix(state ^ upToFourChars(key, 0), secret ^ upToFourChars(key, 4));
        }
        return state == 0 ? 1 : state;
    }

    private static long upToFourChars(String key, int at) {
        long chars = 0;
        for (int i = at; i < Math.min(key.length(), at + 4); i++) {
            chars = chars << 16 | key.charAt(i);
        }
        return chars;
    }

    private static long fourChars(String key, int at) {
        return key.charAt(at)
                | ((long) key.charAt(at + 1) << 16)
                | ((long) key.charAt(at + 2) << 32)
                | ((long) key.charAt(at + 3) << 48);
    }

    private static long mix(long a, long b) {
        return Math.multiplyHigh(a, b) ^ a * b;
    }
}
