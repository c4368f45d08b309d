package io.sluice.redis;

import java.util.BitSet;

/** Converts sets of numbers to and from bitmaps of Redis: one character per byte, the highest bit of a byte first. */
final class Bitmap {

    private Bitmap() {}

    static String toRedis(BitSet bits) {
        byte[] bytes = bits.toByteArray();
        StringBuilder text = new StringBuilder(bytes.length);
        for (byte one : bytes) {
            text.append((char) (Integer.reverse(one) >>> (Integer.SIZE - Byte.SIZE)));
        }
        return text.toString();
    }

    static BitSet fromRedis(String text) {
        byte[] bytes = new byte[text.length()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (Integer.reverse(text.charAt(i)) >>> (Integer.SIZE - Byte.SIZE));
        }
        return BitSet.valueOf(bytes);
    }
}
