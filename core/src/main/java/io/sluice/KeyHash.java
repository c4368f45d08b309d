package io.sluice;

import java.security.SecureRandom;

/** A seeded 64-bit hash of a key; never 0. Immutable. */
final class KeyHash {

    /*
     * A folded multiply (as in wyhash and its kin): eight characters a step, their two halves xored with the state and
     * with a secret, multiplied to 128 bits, both halves of the product xored. The seed is 128 random bits, so that
     * nobody who chooses keys can choose where they meet. Equal hashes mean equal callers: among a million callers two
     * share a record with a probability of 3 in 100 million.
     *
     * The length comes last, against keys that differ in leading zeros only; xored with characters it would be no help.
     *
     * charAt, not the bytes of the string: it allocates nothing and takes characters beyond Latin-1 whole.
     */

    /** Digits of pi, an odd number without pattern. */
    private static final long FINAL = 0x243F6A8885A308D3L;

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
        long state = seed;
        int at = 0;
        for (; at <= length - 8; at += 8) {
            state = mix(state ^ fourChars(key, at), secret ^ fourChars(key, at + 4));
        }
        long low = 0;
        long high = 0;
        for (int end = Math.min(length, at + 4); at < end; at++) {
            low = (low << 16) | key.charAt(at);
        }
        for (; at < length; at++) {
            high = (high << 16) | key.charAt(at);
        }
        state = mix(state ^ low, secret ^ high);
        long hash = mix(state ^ secret, seed ^ FINAL ^ length);
        return hash == 0 ? 1 : hash;
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
