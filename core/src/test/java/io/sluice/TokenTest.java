package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenTest {

    private static final String SECRET = "the secret of these tests";
    private static final String OTHER_SECRET = "another secret of these tests";
    private static final byte[] SALE = bytes("sale");

    private final Signer signer = Signer.of(SECRET);
    private final Token ticket = new Token(Token.Purpose.TICKET, -7, 42, 0xfedcba9876543210L, 1_795_000_000_000_000L);
    private final String text = sign(ticket, signer);

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String sign(Token token, Signer signer) {
        return token.sign(signer, SALE, Token.roomId(SALE));
    }

    private static @Nullable Token verify(String text, Signer signer) {
        return Token.verify(text, Token.Purpose.TICKET, signer, SALE);
    }

    private static Signer.Builder rotating() {
        return Signer.builder().visitorSecret("the secret that visitors are hashed with");
    }

    @Test
    void tokenSaysWhatWasSigned() {
        assertThat(verify(text, signer)).isEqualTo(ticket);
    }

    @Test
    void extremeNumbersSurvive() {
        Token extreme = new Token(Token.Purpose.PASS, Integer.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, -1);
        String signed = sign(extreme, signer);
        assertThat(Token.verify(signed, Token.Purpose.PASS, signer, SALE)).isEqualTo(extreme);
    }

    @Test
    void tokensDoNotComeIntoALogWithWhatCarriesThem() {
        WaitingRoom room = WaitingRoom.of(Room.named("sale").capacity(1).build(), LocalBackend.create(), signer);
        Ticket inside = room.admit("ann");
        Pass pass = Objects.requireNonNull(inside.pass());
        assertThat(inside.toString()).contains("USED").doesNotContain(inside.token(), pass.token());
        Standing called = new Standing(Standing.State.READY, 0, Duration.ZERO, Duration.ofSeconds(1), text, false);
        assertThat(called.toString()).contains("READY").doesNotContain(text);
    }

    @Test
    void tokenIsShortAndUrlSafe() {
        assertThat(text).matches("[A-Za-z0-9_-]{1,200}").hasSize(Token.LENGTH);
    }

    @Test
    void everySingleFlippedBitIsRefused() {
        byte[] bytes = Base64.getUrlDecoder().decode(text);
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            String flipped = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
            assertThat(verify(flipped, signer)).as("bit %d flipped", bit).isNull();
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    @Test
    void everyOtherCharacterAnywhereIsRefused() {
        for (int at = 0; at < text.length(); at++) {
            for (char other = 0; other < 256; other++) {
                if (other != text.charAt(at)) {
                    String changed = text.substring(0, at) + other + text.substring(at + 1);
                    assertThat(verify(changed, signer))
                            .as("%s at %d", other, at)
                            .isNull();
                }
            }
        }
    }

    @Test
    void everyTruncationAndExtensionIsRefused() {
        for (int length = 0; length < text.length(); length++) {
            assertThat(verify(text.substring(0, length), signer)).isNull();
            assertThat(verify(text.substring(length + 1), signer)).isNull();
        }
        assertThat(verify(text + "A", signer)).isNull();
        assertThat(verify(text + "=", signer)).isNull();
        assertThat(verify(text + text, signer)).isNull();
    }

    @Test
    void paddingInPlaceOfTrailingZerosIsRefused() {
        String endsWithZero = Stream.iterate(1L, number -> number + 1)
                .map(number -> sign(ticket.standingFor(1, number), signer))
                .filter(signed -> Base64.getUrlDecoder().decode(signed)[Token.LENGTH / 4 * 3 - 1] == 0)
                .findFirst()
                .orElseThrow();
        assertThat(verify(endsWithZero, signer)).isNotNull();
        String padded = endsWithZero.substring(0, Token.LENGTH - 1) + "=";
        assertThat(verify(padded, signer)).isNull();
        assertThat(Token.claimedRoomId(padded)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "=",
                "NONE",
                "ERROR",
                "null",
                "ünïcödé",
                "票",
                "\uD83C\uDFAB",
                "\uD800",
                "\u0000",
                "../../etc"
            })
    void garbageOfAnyLengthIsRefused(String garbage) {
        assertThat(verify(garbage, signer)).isNull();
        String padded = garbage.repeat(Token.LENGTH).substring(0, garbage.isEmpty() ? 0 : Token.LENGTH);
        assertThat(verify(padded, signer)).isNull();
        assertThat(Token.claimedRoomId(garbage)).isNull();
        // A character that looks like an A when only its low byte is kept.
        assertThat(verify(text.replace(text.charAt(0), (char) (text.charAt(0) + 256)), signer))
                .isNull();
    }

    @Test
    void hugeInputIsRefused() {
        assertThat(verify("A".repeat(1 << 20), signer)).isNull();
        assertThat(Token.claimedRoomId("A".repeat(1 << 20))).isNull();
    }

    @ParameterizedTest
    @EnumSource(Token.Purpose.class)
    void tokenOfAnotherPurposeIsRefused(Token.Purpose purpose) {
        String signed = sign(new Token(purpose, 1, 2, 3, 4), signer);
        for (Token.Purpose other : Token.Purpose.values()) {
            boolean good = Token.verify(signed, other, signer, SALE) != null;
            assertThat(good).as("%s as %s", purpose, other).isEqualTo(purpose == other);
        }
    }

    @Test
    void tokenOfAnotherRoomIsRefused() {
        assertThat(Token.verify(text, Token.Purpose.TICKET, signer, bytes("other")))
                .isNull();
        // Even if the names shared the four bytes by which a room finds its tickets.
        String foreign = ticket.sign(signer, bytes("other"), Token.roomId(SALE));
        assertThat(verify(foreign, signer)).isNull();
    }

    @Test
    void roomATokenClaimsIsReadWithoutVerifying() {
        assertThat(Token.claimedRoomId(text)).isEqualTo(Token.roomId(SALE));
        assertThat(Token.roomId(SALE)).isNotEqualTo(Token.roomId(bytes("other")));
    }

    @Test
    void tokenOfAnotherSecretIsRefused() {
        assertThat(verify(text, Signer.of(OTHER_SECRET))).isNull();
        assertThat(verify(text, Signer.random())).isNull();
    }

    @Test
    void keysRotateWithAnOverlap() {
        Signer old = rotating().key(1, SECRET).build();
        Signer introducing = rotating().key(1, SECRET).key(2, OTHER_SECRET).build();
        Signer signing = rotating().key(2, OTHER_SECRET).key(1, SECRET).build();
        Signer finished = rotating().key(2, OTHER_SECRET).build();

        String byOld = sign(ticket, old);
        String byNew = sign(ticket, signing);

        assertThat(sign(ticket, introducing)).isEqualTo(byOld);
        for (Signer signer : new Signer[] {introducing, signing}) {
            assertThat(verify(byOld, signer)).isEqualTo(ticket);
            assertThat(verify(byNew, signer)).isEqualTo(ticket);
        }
        assertThat(verify(byNew, finished)).isEqualTo(ticket);
        assertThat(verify(byOld, finished)).as("an unknown key id").isNull();
        assertThat(verify(byNew, old)).as("an unknown key id").isNull();
    }

    @Test
    void signerOfOneSecretCanBeginToRotate() {
        Signer next = Signer.builder()
                .key(2, OTHER_SECRET)
                .key(1, SECRET)
                .visitorSecret(SECRET)
                .build();
        assertThat(verify(text, next)).isEqualTo(ticket);
        assertThat(next.visitor("ann")).isEqualTo(signer.visitor("ann"));
    }

    @Test
    void sameKeyIdWithAnotherSecretIsRefused() {
        Signer other = rotating().key(1, OTHER_SECRET).build();
        assertThat(verify(text, other)).isNull();
    }

    @Test
    void keyIdsUpTo255Work() {
        Signer last = rotating().key(255, SECRET).key(0, OTHER_SECRET).build();
        assertThat(verify(sign(ticket, last), last)).isEqualTo(ticket);
    }

    @Test
    void secretOfSixteenBytesIsAccepted() {
        Signer shortest = Signer.of("sixteen letters!");
        assertThat(verify(sign(ticket, shortest), shortest)).isEqualTo(ticket);
    }

    @Test
    void signerThatIsBuiltDoesNotFollowItsBuilder() {
        Signer.Builder builder = rotating().key(1, SECRET);
        Signer built = builder.build();
        String byAnother = sign(ticket, rotating().key(2, OTHER_SECRET).build());
        assertThat(verify(byAnother, built)).isNull();
        assertThat(verify(byAnother, builder.key(2, OTHER_SECRET).build())).isEqualTo(ticket);
        assertThat(verify(byAnother, built)).isNull();
    }

    @Test
    void visitorsKeepTheirHashWhenKeysRotate() {
        Signer before = rotating().key(1, SECRET).build();
        Signer after = rotating().key(2, OTHER_SECRET).build();
        assertThat(after.visitor("ann")).isEqualTo(before.visitor("ann"));
        assertThat(Signer.of(SECRET).visitor("ann"))
                .isNotEqualTo(Signer.of(OTHER_SECRET).visitor("ann"));
    }

    @Test
    void visitorsOfDifferentNamesHaveDifferentHashes() {
        Set<Long> hashes = new HashSet<>();
        String[] names = {
            "ann", "Ann", "ann ", "?", "\uD800", "\uD801", "\uDC00", "\uFFFD", "é", "e\u0301", "\u0000", "a\u0000"
        };
        for (String name : names) {
            hashes.add(signer.visitor(name));
        }
        for (int i = 0; i < 10_000; i++) {
            hashes.add(signer.visitor("visitor-" + i));
        }
        assertThat(hashes).hasSize(names.length + 10_000);
    }

    @Test
    void hugeVisitorNameIsHashed() {
        String huge = "x".repeat(1 << 20);
        assertThat(signer.visitor(huge)).isEqualTo(signer.visitor(huge)).isNotEqualTo(signer.visitor(huge + "x"));
    }

    @Test
    @SuppressWarnings("NullAway")
    void badKeysAreRefused() {
        assertThatNullPointerException().isThrownBy(() -> Signer.of(null));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Signer.of("fifteen letters"))
                .withMessageContaining("16")
                .withMessageNotContaining("fifteen");
        Signer.Builder builder = Signer.builder();
        assertThatIllegalArgumentException().isThrownBy(() -> builder.key(-1, SECRET));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.key(256, SECRET));
        assertThatNullPointerException().isThrownBy(() -> builder.key(1, null));
        assertThatNullPointerException().isThrownBy(() -> builder.visitorSecret(null));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.visitorSecret(""));
        assertThatIllegalArgumentException().isThrownBy(builder::build).withMessageContaining("key");
        builder.key(1, SECRET);
        assertThatIllegalArgumentException().isThrownBy(() -> builder.key(1, OTHER_SECRET));
        assertThatIllegalArgumentException().isThrownBy(builder::build).withMessageContaining("visitorSecret");
        Signer built = builder.visitorSecret(SECRET).build();
        assertThat(verify(sign(ticket, built), signer))
                .as("what was refused has changed nothing")
                .isEqualTo(ticket);
    }
}
