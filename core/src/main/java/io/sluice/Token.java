package io.sluice;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * What is signed: a ticket, a gate token or a pass of one room. It carries all that a gateway needs to check it.
 *
 * @param purpose what the token is good for; a token of one purpose is refused for another
 * @param epoch which room of this name gave out the number
 * @param number the visitor's number; 0 on a ticket handed out while the store was away
 * @param visitor the visitor's hash
 * @param micros when it was issued, or for a pass when it expires, in epoch microseconds of the store
 */
record Token(Purpose purpose, int epoch, long number, long visitor, long micros) {

    /*
     * 51 bytes, in Base64url 68 characters:
     *
     *   1 key id | 1 purpose | 4 room | 4 epoch | 8 number | 8 visitor | 8 micros | 17 signature
     *
     * A signature of 16 bytes would do. With 17 no bit of the last character is spare, so each token has one text.
     *
     * The room is the first four bytes of the hash of its name: enough to find the room of a ticket. A token of one
     * room is worthless in another because the whole name is part of what is signed.
     */
    private static final int BODY_BYTES = 34;

    private static final int SIGNATURE_BYTES = 17;
    private static final int BYTES = BODY_BYTES + SIGNATURE_BYTES;
    private static final int ROOM_OFFSET = 2;
    private static final int EPOCH_OFFSET = 6;
    static final int LENGTH = BYTES / 3 * 4;

    enum Purpose {
        TICKET('T'),
        GATE('G'),
        PASS('P');

        private final byte code;

        Purpose(char code) {
            this.code = (byte) code;
        }
    }

    boolean isOfSamePlace(Token other) {
        return epoch == other.epoch && number == other.number && visitor == other.visitor;
    }

    /** Returns the token with another epoch and number. */
    Token standingFor(int otherEpoch, long otherNumber) {
        return new Token(purpose, otherEpoch, otherNumber, visitor, micros);
    }

    /** Returns the four bytes that stand for a room in its tokens. */
    static int roomId(byte[] roomName) {
        return ByteBuffer.wrap(sha256(roomName)).getInt();
    }

    /** Returns the room id that a token claims, or null if it does not look like a token. Verifies nothing. */
    static @Nullable Integer claimedRoomId(String text) {
        byte[] bytes = decode(text);
        return bytes == null ? null : ByteBuffer.wrap(bytes).getInt(ROOM_OFFSET);
    }

    String sign(Signer signer, byte[] roomName, int roomId) {
        int keyId = signer.signingKeyId();
        ByteBuffer buffer = ByteBuffer.allocate(BYTES)
                .put((byte) keyId)
                .put(purpose.code)
                .putInt(roomId)
                .putInt(epoch)
                .putLong(number)
                .putLong(visitor)
                .putLong(micros);
        byte[] signature = signer.sign(keyId, buffer.array(), BODY_BYTES, roomName);
        if (signature == null) {
            throw new IllegalStateException("The signer lost its signing key " + keyId);
        }
        buffer.put(signature, 0, SIGNATURE_BYTES);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(buffer.array());
    }

    /** Returns the token, or null if it is not one that this signer made for this room and purpose. */
    static @Nullable Token verify(String text, Purpose expected, Signer signer, byte[] roomName) {
        byte[] bytes = decode(text);
        if (bytes == null || bytes[1] != expected.code) {
            return null;
        }
        byte[] signature = signer.sign(bytes[0] & 0xff, bytes, BODY_BYTES, roomName);
        if (signature == null
                || !MessageDigest.isEqual(
                        Arrays.copyOf(signature, SIGNATURE_BYTES), Arrays.copyOfRange(bytes, BODY_BYTES, BYTES))) {
            return null;
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).position(EPOCH_OFFSET);
        return new Token(expected, buffer.getInt(), buffer.getLong(), buffer.getLong(), buffer.getLong());
    }

    private static byte @Nullable [] decode(String text) {
        if (text.length() != LENGTH) {
            return null;
        }
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text.getBytes(StandardCharsets.ISO_8859_1));
            // Fewer if the text ends with padding, which would stand for zeros.
            return bytes.length == BYTES ? bytes : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
