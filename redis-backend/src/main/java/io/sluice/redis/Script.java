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
    HEARTBEAT("heartbeat.lua"),
    ROOM_JOIN("room.lua", "room-life.lua", "room-join.lua"),
    ROOM_FIND("room.lua", "room-life.lua", "room-find.lua"),
    ROOM_ENTER("room.lua", "room-life.lua", "room-enter.lua"),
    ROOM_CALL("room.lua", "room-life.lua", "room-call.lua"),
    ROOM_RENEW("room.lua", "room-life.lua", "room-renew.lua"),
    ROOM_LEAVE("room.lua", "room-life.lua", "room-leave.lua"),
    ROOM_ADVANCE("room.lua", "room-life.lua", "room-advance.lua"),
    ROOM_CONFIGURE("room.lua", "room-life.lua", "room-configure.lua"),
    ROOM_HAND_IN("room.lua", "room-life.lua", "room-hand-in.lua");

    final String text;

    /** The name by which Redis knows the script once it has seen it: the SHA-1 of the text, in hexadecimal. */
    final String digest;

    /** Joins the files into one script. */
    Script(String... files) {
        StringBuilder texts = new StringBuilder();
        for (String file : files) {
            texts.append(new String(read(file), StandardCharsets.US_ASCII));
        }
        text = texts.toString();
        digest = HexFormat.of().formatHex(sha1(text.getBytes(StandardCharsets.US_ASCII)));
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
