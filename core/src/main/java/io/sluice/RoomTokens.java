package io.sluice;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes and checks the tokens of one room, and hashes its visitors. */
final class RoomTokens {

    private final Signer signer;
    private final byte[] roomName;
    private final int roomId;

    RoomTokens(String roomName, Signer signer) {
        this.signer = signer;
        this.roomName = roomName.getBytes(StandardCharsets.UTF_8);
        this.roomId = Token.roomId(this.roomName);
    }

    /** Returns the 64-bit keyed hash that stands for a visitor everywhere behind the API. */
    long hash(String visitor) {
        if (Objects.requireNonNull(visitor, "visitor").isEmpty()) {
            throw new IllegalArgumentException("A visitor's name is not empty");
        }
        return signer.visitor(visitor);
    }

    /** Tells whether a token says that it is of this room. Verifies nothing. */
    boolean isTokenOfThisRoom(String text) {
        Integer claimed = Token.claimedRoomId(Objects.requireNonNull(text, "token"));
        return claimed != null && claimed == roomId;
    }

    /** Returns the token, or null if it is not one of this room and purpose. */
    @Nullable
    Token verify(String text, Token.Purpose purpose) {
        return Token.verify(Objects.requireNonNull(text, "token"), purpose, signer, roomName);
    }

    /** Returns the token, or null if it is neither a ticket nor a pass of this room. */
    @Nullable
    Token read(String text) {
        Token ticket = verify(text, Token.Purpose.TICKET);
        return ticket == null ? verify(text, Token.Purpose.PASS) : ticket;
    }

    String sign(Token token) {
        return token.sign(signer, roomName, roomId);
    }

    Token ticket(Place place, long visitor, long issuedMicros) {
        return new Token(Token.Purpose.TICKET, place.epoch(), place.number(), visitor, issuedMicros);
    }

    /** Returns the signed gate token for the holder of a ticket. */
    String gate(Token ticket, long issuedMicros) {
        return sign(new Token(Token.Purpose.GATE, ticket.epoch(), ticket.number(), ticket.visitor(), issuedMicros));
    }

    /** Returns the pass of a visitor who is inside, otherwise null. */
    @Nullable
    Pass pass(Place place, long visitor) {
        if (place.state() != Place.State.USED) {
            return null;
        }
        Token token = new Token(Token.Purpose.PASS, place.epoch(), place.number(), visitor, place.untilMicros());
        return new Pass(sign(token), instant(place.untilMicros()));
    }

    static Instant instant(long epochMicros) {
        return Instant.EPOCH.plus(epochMicros, ChronoUnit.MICROS);
    }
}
