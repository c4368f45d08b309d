package io.sluice.redis;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Turns callers into the names that stand for them in Redis, the same on every gateway. */
final class CallerKeys {

    /*
     * A name is 96 bits of HMAC-SHA256 with a secret, of SHA-256 without one, as 16 characters. Among a billion
     * callers two share a record with a probability of 1 in 150 billion. Without a secret, anybody who can read Redis
     * can test whether a guessed caller is there; with one, not even that.
     */

    private static final int HASH_BYTES = 12;
    private static final int LEAST_SECRET_BYTES = 16;

    /** The name whose hash stands for the secret itself. */
    private static final String FINGERPRINT = "fingerprint of the secret";

    /** A digest or a Mac per thread, because creating one costs more than using it. */
    private final ThreadLocal<Slot> slots = ThreadLocal.withInitial(Slot::new);

    private final Supplier<Hasher> newHasher;
    private final @Nullable String fingerprint;

    CallerKeys(@Nullable String secret) {
        if (secret == null) {
            newHasher = CallerKeys::newDigest;
            fingerprint = null;
        } else {
            SecretKeySpec key = new SecretKeySpec(checked(secret), "HmacSHA256");
            newHasher = () -> newMac(key);
            fingerprint = hash(FINGERPRINT);
        }
    }

    private interface Hasher {
        byte[] hash(byte[] message);
    }

    /** Where a thread's hasher lies between two hashes. */
    private static final class Slot {
        private @Nullable Hasher hasher;
    }

    private static byte[] checked(String secret) {
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        if (bytes.length < LEAST_SECRET_BYTES) {
            throw new IllegalArgumentException("The secret has at least " + LEAST_SECRET_BYTES
                    + " bytes, but this one has " + bytes.length + "; try: openssl rand -hex 32");
        }
        return bytes;
    }

    private static Hasher newDigest() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return digest::digest;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    private static Hasher newMac(SecretKeySpec key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac::doFinal;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has HmacSHA256", e);
        }
    }

    /** Returns a text as {@link #hash} does that tells secrets apart and shows none; null without a secret. */
    @Nullable
    String fingerprint() {
        return fingerprint;
    }

    /** Returns 16 characters of {@code A-Z a-z 0-9 - _}. */
    String hash(String caller) {
        Slot slot = slots.get();
        Hasher hasher = slot.hasher == null ? newHasher.get() : slot.hasher;
        // As in Signer, one is used again only once it has ended. The JDK's that was out of memory midway would hash
        // what it had been given together with the next caller.
        slot.hasher = null;
        byte[] hash = hasher.hash(caller.getBytes(StandardCharsets.UTF_8));
        slot.hasher = hasher;
        byte[] text = Base64.getUrlEncoder().encode(Arrays.copyOf(hash, HASH_BYTES));
        return new String(text, StandardCharsets.ISO_8859_1);
    }
}
