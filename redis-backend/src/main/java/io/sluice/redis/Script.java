package io.sluice.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A Lua script of this package. Its file says what it takes, does, returns and costs. */
enum Script {
    ACQUIRE("acquire.lua"),
    REFUND("refund.lua"),
    HEARTBEAT("heartbeat.lua");

    final String text;

    /** What Redis calls the script once it has seen it: the SHA-1 of the text, in hexadecimal. */
    final String digest;

    Script(String file) {
        byte[] bytes = read(file);
        text = new String(bytes, StandardCharsets.US_ASCII);
        digest = HexFormat.of().formatHex(sha1(bytes));
    }

    private static byte[] read(String file) {
        try (InputStream in = Script.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("sluice-redis is packed without " + file);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] sha1(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-1").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-1", e);
        }
    }
}
