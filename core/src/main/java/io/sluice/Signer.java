package io.sluice;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs tickets, gate tokens and passes with HMAC-SHA256 (RFC 2104, truncated to 17 bytes as its section 5 allows).
 * Hashes visitors, so that their keys stand neither in tokens nor in a store. Safe for use by many threads; no
 * method blocks.
 *
 * <p>All gateways of a room need the same secrets. <b>Rotation:</b> give every gateway the new key as a further one,
 * then the new key first. Drop the old key when everything that it signed has ended. Tickets live for 24 h and
 * passes for the room's {@linkplain Room#stay stay}; the longer of the two counts from when the last gateway stopped
 * signing with it. The visitor secret stays.
 */
public final class Signer {

    private static final String ALGORITHM = "HmacSHA256";
    private static final int LEAST_SECRET_BYTES = 16;
    /** No token begins like this, so a visitor's hash is never a token's signature. */
    private static final byte[] VISITOR = "visitor:".getBytes(StandardCharsets.UTF_8);

    private final int signingKeyId;
    private final Map<Integer, Key> keys;
    private final Key visitorKey;

    private Signer(Map<Integer, Key> keys, Key visitorKey) {
        this.signingKeyId = keys.keySet().iterator().next();
        this.keys = keys;
        this.visitorKey = visitorKey;
    }

    /**
     * Creates a signer with one secret: the same as {@code builder().key(1, secret).visitorSecret(secret).build()}, so
     * rotation can begin there.
     *
     * @param secret at least 16 bytes of UTF-8
     */
    public static Signer of(String secret) {
        return builder().key(1, secret).visitorSecret(secret).build();
    }

    /** Creates a signer with a secret that nobody else has: its tokens end with this process. */
    public static Signer random() {
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        Key key = new Key(secret);
        return new Signer(Map.of(1, key), key);
    }

    /** Starts a signer with several keys. */
    public static Builder builder() {
        return new Builder();
    }

    int signingKeyId() {
        return signingKeyId;
    }

    /** Signs the first bytes of {@code body} and the room with a key; returns null if there is no such key. */
    byte @Nullable [] sign(int keyId, byte[] body, int bodyBytes, byte[] roomName) {
        Key key = keys.get(keyId);
        return key == null ? null : key.sign(body, bodyBytes, roomName);
    }

    /** Returns the 64-bit hash that stands for a visitor. */
    long visitor(String visitor) {
        // UTF-16 as it stands: an encoder would map all ill-formed names to one replacement, and so to one hash.
        ByteBuffer name = ByteBuffer.allocate(Math.multiplyExact(visitor.length(), Character.BYTES));
        name.asCharBuffer().put(visitor);
        return ByteBuffer.wrap(visitorKey.sign(VISITOR, VISITOR.length, name.array()))
                .getLong();
    }

    /** Collects keys. Not safe for use by several threads. */
    public static final class Builder {
        private final Map<Integer, Key> keys = new LinkedHashMap<>();
        private @Nullable Key visitorKey;

        private Builder() {}

        /**
         * Adds a key. The first one signs; all of them verify.
         *
         * @param id 0 to 255; the same on every gateway
         * @param secret at least 16 bytes of UTF-8
         */
        public Builder key(int id, String secret) {
            if (id < 0 || id > 255) {
                throw new IllegalArgumentException("A key id lies between 0 and 255, but it was " + id);
            }
            if (keys.putIfAbsent(id, new Key(bytes(secret))) != null) {
                throw new IllegalArgumentException("There are two keys with the id " + id);
            }
            return this;
        }

        /**
         * Sets the secret that visitors are hashed with. It must outlive the rotation of keys, or visitors lose
         * their places.
         *
         * @param secret at least 16 bytes of UTF-8
         */
        public Builder visitorSecret(String secret) {
            visitorKey = new Key(bytes(secret));
            return this;
        }

        /**
         * Returns the signer.
         *
         * @throws IllegalArgumentException if there is no key or no visitor secret
         */
        public Signer build() {
            if (keys.isEmpty()) {
                throw new IllegalArgumentException("A signer needs at least one key");
            }
            if (visitorKey == null) {
                throw new IllegalArgumentException("A signer needs a visitorSecret, which stays when keys rotate");
            }
            return new Signer(new LinkedHashMap<>(keys), visitorKey);
        }

        private static byte[] bytes(String secret) {
            byte[] bytes = Objects.requireNonNull(secret, "secret").getBytes(StandardCharsets.UTF_8);
            if (bytes.length < LEAST_SECRET_BYTES) {
                throw new IllegalArgumentException("A secret has at least " + LEAST_SECRET_BYTES
                        + " bytes, but this one has " + bytes.length + "; try: openssl rand -hex 32");
            }
            return bytes;
        }
    }

    /** One secret, with a {@code Mac} per thread because creating one costs more than using it. */
    private static final class Key {
        private final SecretKeySpec secret;
        private final ThreadLocal<Slot> slots = ThreadLocal.withInitial(Slot::new);

        Key(byte[] secret) {
            this.secret = new SecretKeySpec(secret, ALGORITHM);
        }

        byte[] sign(byte[] first, int firstBytes, byte[] second) {
            Slot slot = slots.get();
            Mac mac = slot.mac == null ? newMac() : slot.mac;
            // A Mac is used again only once it has ended. The JDK's that was out of memory or stack midway would sign
            // what it had been given together with the next text, even after a reset.
            slot.mac = null;
            mac.update(first, 0, firstBytes);
            byte[] signature = mac.doFinal(second);
            slot.mac = mac;
            return signature;
        }

        private Mac newMac() {
            try {
                Mac mac = Mac.getInstance(ALGORITHM);
                mac.init(secret);
                return mac;
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("Every Java platform has " + ALGORITHM, e);
            }
        }

        /** Where a thread's {@code Mac} lies between two signatures. */
        private static final class Slot {
            private @Nullable Mac mac;
        }
    }
}
