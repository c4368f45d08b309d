package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.github.bucket4j.BucketConfiguration;
import io.sluice.Limit.OnOutage;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LimitTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final BucketConfiguration INTERVALLY = BucketConfiguration.builder()
            .addLimit(limit -> limit.capacity(20).refillIntervally(20, SECOND))
            .addLimit(limit -> limit.capacity(7).refillGreedy(7, SECOND))
            .build();

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    10/1s                | 10 | PT1S    | 10
                    10/250ms             | 10 | PT0.25S | 10
                    300/1m burst 50      | 300 | PT1M   | 50
                    3 / 2 h  burst  4    | 3  | PT2H    | 4
                    1/1000ns             | 1  | PT0.000001S | 1
                    5/20us               | 5  | PT0.00002S  | 5
                    1/2d burst 900       | 1  | PT48H   | 900
                    """)
    void textIsReadAsABandwidth(String text, long permits, Duration period, long burst) {
        assertThat(Limit.parse("a", text).bandwidths()).containsExactly(new Bandwidth(permits, period, burst));
    }

    @Test
    void textOfSeveralBandwidthsIsReadBackFromItsOwnForm() {
        Limit limit = Limit.parse("a", "10/1s, 300/1m burst 50,7/250ms");
        assertThat(limit.bandwidths()).hasSize(3);
        assertThat(limit.rate()).isEqualTo("10/1s, 300/1m burst 50, 7/250ms");
        assertThat(Limit.parse("a", limit.rate())).isEqualTo(limit);
    }

    @Test
    void changedRateLeavesTheOtherPropertiesAsTheyAre() {
        Limit limit = Limit.named("a")
                .rate("10/1s, 300/1m")
                .onOutage(OnOutage.CLOSED)
                .maxKeys(7)
                .build();
        assertThat(limit.toBuilder().build()).isEqualTo(limit);
        assertThat(limit.toBuilder().rate("20/1s").build())
                .isEqualTo(Limit.named("a")
                        .bandwidth(20, SECOND)
                        .onOutage(OnOutage.CLOSED)
                        .maxKeys(7)
                        .build());
    }

    @Test
    void limitOfABucketConfigurationHasNoRateUntilItIsGivenOne() {
        Limit limit = Limit.of("a", INTERVALLY);
        assertThat(limit.rate()).isEmpty();
        assertThat(limit.toBuilder().build()).isEqualTo(limit);
        assertThat(limit.toBuilder().rate("20/1s").build()).isEqualTo(Limit.parse("a", "20/1s"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "10",
                "10/",
                "10/s",
                "/1s",
                "10/1s,",
                "10/1x",
                "-1/1s",
                "10/-1s",
                "1.5/1s",
                "10/1s burst",
                "10/1s burst -1",
                "10/1s 20/1m",
                "ten/1s",
                "10/1S"
            })
    void mistakeInTheTextIsNamedWithWhatIsExpected(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Limit.parse("per-user", text))
                .withMessageContaining("\"per-user\"")
                .withMessageContaining("expected permits/period such as 10/1s");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    0/1s                          | permits and burst must be 1 or more
                    0/1s burst 5                  | permits and burst must be 1 or more
                    1/0s                          | the period must be more than zero
                    1/1s burst 0                  | permits and burst must be 1 or more
                    1/2000d                       | at most PT43800H
                    1/99999999999999d             | the period 99999999999999d is too long
                    99999999999999999999/1s       | the number 99999999999999999999 is too large
                    2000000000/1s                 | more than one a nanosecond
                    600000000/1s                  | use 500000000 or 1000000000
                    1/1d burst 1826               | use at most 1825
                    1/1s burst 9223372036854775807| use at most 157680000
                    10/1s, 0/1s                   | cannot use "0/1s"
                    1/1s,1/1s,1/1s,1/1s,1/1s      | needs one to 4 bandwidths
                    """)
    void numberOutOfRangeIsRefusedWithWhatToDo(String text, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Limit.parse("a", text))
                .withMessageContaining(message);
    }

    @Test
    void rateThatRoundingKeepsWithinOnePercentIsAccepted() {
        assertThat(new Bandwidth(3, SECOND).costNanos()).isEqualTo(333_333_334);
        assertThat(new Bandwidth(1_000_000_000, SECOND).costNanos()).isEqualTo(1);
        assertThat(new Bandwidth(9_910_000, SECOND).costNanos()).isEqualTo(101);
        assertThatIllegalArgumentException().isThrownBy(() -> new Bandwidth(9_910_000, Duration.ofMillis(500)));
    }

    @Test
    void ratesAdvisedInPlaceOfOneThatRoundingMissesAreAccepted() {
        Pattern advice = Pattern.compile("use (\\d+) or (\\d+)");
        int advised = 0;
        for (Duration period : List.of(Duration.ofMillis(1), Duration.ofMillis(500), SECOND, Duration.ofSeconds(7))) {
            for (long permits = period.toNanos() / 50; permits < period.toNanos(); permits += permits / 97) {
                try {
                    new Bandwidth(permits, period);
                } catch (IllegalArgumentException e) {
                    Matcher rates = advice.matcher(e.getMessage());
                    assertThat(rates.find()).as(e.getMessage()).isTrue();
                    assertThatNoException().isThrownBy(() -> {
                        new Bandwidth(Long.parseLong(rates.group(1)), period);
                        new Bandwidth(Long.parseLong(rates.group(2)), period);
                    });
                    advised++;
                }
            }
        }
        assertThat(advised).isGreaterThan(100);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a/b", "ä", "a\n"})
    void nameOutOfRangeIsRefused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Limit.of(name, 1, SECOND))
                .withMessageContaining("1 to 64 characters");
        assertThatIllegalArgumentException().isThrownBy(() -> Limit.of("x".repeat(1 << 20), 1, SECOND));
        assertThat(Limit.of("A-z.0_9".repeat(9) + "x", 1, SECOND).name()).hasSize(64);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE, 100_000_001, Integer.MAX_VALUE})
    void maxKeysOutOfRangeIsRefused(int maxKeys) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Limit.named("a").maxKeys(maxKeys))
                .withMessageContaining("1 to 100000000");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100_000_000})
    void maxKeysAtTheEndOfTheRangeIsAccepted(int maxKeys) {
        assertThat(Limit.named("a")
                        .bandwidth(1, SECOND)
                        .maxKeys(maxKeys)
                        .build()
                        .maxKeys())
                .isEqualTo(maxKeys);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE})
    void permitsOutOfRangeAreRefused(long permits) {
        assertThatIllegalArgumentException().isThrownBy(() -> Limit.of("a", permits, SECOND));
    }

    @Test
    void periodOutOfRangeIsRefused() {
        for (Duration period : new Duration[] {
            Duration.ZERO, Duration.ofNanos(-1), Duration.ofSeconds(Long.MAX_VALUE), Duration.ofDays(1_826)
        }) {
            assertThatIllegalArgumentException().isThrownBy(() -> Limit.of("a", 1, period));
        }
    }

    @Test
    void limitNeedsBandwidthsOrAConfiguration() {
        assertThatIllegalArgumentException().isThrownBy(() -> Limit.named("a").build());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Limit.named("a")
                        .configuration(INTERVALLY)
                        .bandwidth(1, SECOND)
                        .build())
                .withMessageContaining("and a configuration");
    }

    @Test
    void configurationReplacesBandwidths() {
        Limit plain = Limit.of("a", 10, SECOND);
        assertThat(plain.toBuilder().configuration(INTERVALLY).build()).isEqualTo(Limit.of("a", INTERVALLY));
    }

    @Test
    @SuppressWarnings({"NullAway", "DataFlowIssue"})
    void nullIsRefused() {
        assertThatNullPointerException().isThrownBy(() -> Limit.named(null)).withMessage("name");
        assertThatNullPointerException().isThrownBy(() -> Limit.of("a", 1, null));
        assertThatNullPointerException().isThrownBy(() -> Limit.of("a", null));
        assertThatNullPointerException()
                .isThrownBy(() -> Limit.parse("a", null))
                .withMessage("text");
        assertThatNullPointerException().isThrownBy(() -> Limit.named("a").onOutage(null));
        assertThatNullPointerException().isThrownBy(() -> Limit.named("a").bandwidth(null));
    }

    @Test
    void limitsAreEqualIfAllPropertiesAre() {
        Limit.Builder builder = Limit.named("a").bandwidth(10, SECOND);
        assertThat(builder.build())
                .isEqualTo(Limit.parse("a", "10/1s"))
                .hasSameHashCodeAs(Limit.of("a", 10, SECOND))
                .isNotEqualTo(Limit.parse("b", "10/1s"))
                .isNotEqualTo(Limit.parse("a", "10/1s burst 11"))
                .isNotEqualTo(Limit.of("a", INTERVALLY))
                .hasToString("Limit a [10/1s], onOutage LOCAL_SHARE, maxKeys 100000");
        assertThat(builder.onOutage(OnOutage.OPEN).build()).isNotEqualTo(Limit.of("a", 10, SECOND));
        assertThat(Limit.named("a").bandwidth(10, SECOND).maxKeys(99_999).build())
                .isNotEqualTo(Limit.of("a", 10, SECOND));
        BucketConfiguration other = BucketConfiguration.builder()
                .addLimit(limit -> limit.capacity(7).refillGreedy(7, SECOND))
                .build();
        assertThat(Limit.of("a", INTERVALLY)).isNotEqualTo(Limit.of("a", other));
        assertThat(Limit.of("a", INTERVALLY)).isEqualTo(Limit.of("a", INTERVALLY));
        assertThat(Limit.of("a", INTERVALLY).maxPermits()).isEqualTo(7);
        assertThat(Limit.parse("a", "10/1s, 300/1m burst 5").maxPermits()).isEqualTo(5);
    }

    @Test
    void verdictTellsWhatIsLeftWhetherAllowedOrDenied() {
        Limit limit = Limit.parse("a", "10/1s, 300/1m burst 50");
        long allowed = Limit.verdict(true, Duration.ofMillis(250).toNanos(), 0);
        assertThat(Limit.isAllowed(allowed)).isTrue();
        assertThat(limit.remaining(allowed)).isEqualTo(2);
        assertThat(limit.retryAfterNanos(allowed, 3)).isZero();
        assertThat(limit.nextPermitAfterNanos(allowed)).isEqualTo(50_000_000);
        assertThat(limit.resetAfterNanos(allowed)).isEqualTo(750_000_000);
        long denied = Limit.verdict(false, 0, 1);
        assertThat(limit.decision(denied, 2, Decision.Source.OUTAGE_POLICY))
                .isEqualTo(new Decision(
                        false,
                        0,
                        400_000_000,
                        200_000_000,
                        10_000_000_000L,
                        limit.bandwidths().get(1),
                        Decision.Source.OUTAGE_POLICY));
        long atRest = Limit.verdict(true, Duration.ofSeconds(1).toNanos(), 0);
        assertThat(limit.remaining(atRest)).isEqualTo(10);
        assertThat(limit.nextPermitAfterNanos(atRest)).isZero();
    }

    @Test
    void verdictHoldsTheLongestToleranceAndTheLastBandwidth() {
        Limit limit = Limit.parse("a", "1000/1s, 1000/1s, 1000/1s, 1/1825d");
        long nanos = Duration.ofDays(1825).toNanos();
        long verdict = Limit.verdict(false, nanos, 3);
        assertThat(Limit.isAllowed(verdict)).isFalse();
        assertThat(limit.resetAfterNanos(verdict)).isZero();
        assertThat(limit.remaining(verdict)).isEqualTo(1);
    }

    @Test
    void generalVerdictSaturatesInsteadOfOverflowing() {
        long verdict = BucketVerdict.of(false, Long.MAX_VALUE, Long.MAX_VALUE);
        assertThat(Limit.isAllowed(verdict)).isFalse();
        assertThat(BucketVerdict.remaining(verdict)).isEqualTo(Integer.MAX_VALUE);
        assertThat(BucketVerdict.waitNanos(verdict)).isEqualTo(Long.MAX_VALUE);
        assertThat(BucketVerdict.waitNanos(BucketVerdict.of(true, 0, 1))).isEqualTo(1_000_000);
        assertThat(BucketVerdict.resetAfterNanos(INTERVALLY, 0, 0)).isEqualTo(SECOND.toNanos());
    }

    @ParameterizedTest
    @CsvSource({
        "PT0.000000001S, PT0.001S",
        "PT2147483.647S, PT2147483.647S",
        "PT2147483.648S, PT2147483.648S",
        "PT2147483.648000001S, PT2147549.184S",
        "P90D, PT7776043.008S",
    })
    void waitOfAGeneralVerdictIsRoundedUp(Duration wait, Duration told) {
        long verdict = Limit.bucketVerdict(false, 0, wait.toNanos());
        assertThat(Duration.ofNanos(BucketVerdict.waitNanos(verdict))).isEqualTo(told);
    }
}
