package io.sluice.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.lettuce.core.codec.RedisCodec;
import java.nio.ByteBuffer;

/**
 * Keys, arguments and replies are ASCII, except bitmaps, which have one character per byte. A batch has hundreds of
 * arguments, and Lettuce's {@code StringCodec} has a short way for ASCII and UTF-8 only.
 */
final class Latin1Codec implements RedisCodec<String, String> {

    @Override
    public String decodeKey(ByteBuffer bytes) {
        return decode(bytes);
    }

    @Override
    public String decodeValue(ByteBuffer bytes) {
        return decode(bytes);
    }

    private static String decode(ByteBuffer bytes) {
        byte[] text = new byte[bytes.remaining()];
        bytes.get(text);
        return new String(text, ISO_8859_1);
    }

    @Override
    public ByteBuffer encodeKey(String text) {
        return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    }

    @Override
    public ByteBuffer encodeValue(String text) {
        return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    }
}
