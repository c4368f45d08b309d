package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which passes are over once their visitor has left a room that does not know of their stay. */
class PassesGivenUpTest {

    private static final long ANN = 11;
    private static final int EPOCH = 2;

    private final ManualTime time = new ManualTime();
    private final Room room = Room.named("sale").capacity(1).build();
    private final PassesGivenUp passes = new PassesGivenUp(room, time);

    @ParameterizedTest
    @CsvSource({
        "11, 1, -1, true",
        "12, 1, -1, false",
        "11, 2, -1, false",
        "11, 3, 0, false",
    })
    void passIsOverIfItIsOfThisVisitorAndAnotherEpochAndBeganBefore(
            long visitor, int epoch, long beganMicrosLater, boolean over) {
        long nowMicros = time.epochMicros();
        passes.add(ANN, EPOCH, nowMicros);
        long untilMicros = nowMicros + beganMicrosLater + TimeUnit.MICROSECONDS.convert(room.stay());
        assertThat(passes.contains(new Token(Token.Purpose.PASS, epoch, 1, visitor, untilMicros)))
                .isEqualTo(over);
    }
}
