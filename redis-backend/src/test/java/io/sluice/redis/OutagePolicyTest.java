package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Limit;
import io.sluice.ManualTime;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

class OutagePolicyTest {

    private final ManualTime time = new ManualTime();
    private int gateways = 2;
    private final OutagePolicy policy =
            new OutagePolicy(Limit.parse("limit", "10/1h"), () -> gateways, time, new LongAdder());

    private boolean isAllowed(String caller) {
        return policy.decide(caller, 1).allowed();
    }

    @Test
    void shareIsTheWholeBurstAndThenTheRateOverTheGateways() {
        for (int i = 0; i < 11; i++) {
            assertThat(isAllowed("caller")).isEqualTo(i < 10);
        }
        time.advance(Duration.ofMinutes(12).minusNanos(1));
        assertThat(isAllowed("caller")).isFalse();
        time.advance(Duration.ofNanos(1));
        assertThat(isAllowed("caller")).isTrue();
        assertThat(isAllowed("caller")).isFalse();
    }

    @Test
    void callWithAWeightUpToTheBurstIsAllowedInAnOutageToo() {
        assertThat(policy.decide("caller", 10).allowed()).isTrue();
        assertThat(policy.decide("caller", 1).allowed()).isFalse();
    }

    @Test
    void shareOfALongPeriodHasTheLongestBurstThatThereCanBe() {
        for (String limit : new String[] {"52/365d", "3/30d burst 60", "1/1825d", "10/365d burst 30"}) {
            for (int count : new int[] {1, 2, 4, 5, 100}) {
                gateways = count;
                Limit whole = Limit.parse("limit", limit);
                OutagePolicy ofLongPeriods = new OutagePolicy(whole, () -> gateways, time, new LongAdder());
                assertThat(ofLongPeriods.decide("caller", 1).allowed())
                        .as("%s on %d gateways", limit, count)
                        .isTrue();
                assertThat(ofLongPeriods.decide("caller", whole.maxPermits()).allowed())
                        .isFalse();
            }
        }
    }

    @Test
    void callerWhoOwesGoesOnOwingTheTimeWhenTheNumberOfGatewaysChanges() {
        for (int i = 0; i < 10; i++) {
            assertThat(isAllowed("caller")).isTrue();
        }
        gateways = 3;
        // Owes 120 minutes, of the 180 that three gateways allow.
        for (int i = 0; i < 4; i++) {
            assertThat(isAllowed("caller")).isEqualTo(i < 3);
        }
        gateways = 2;
        assertThat(isAllowed("caller")).isFalse();
    }

    @Test
    void rateOfACallerAtRestIsThatOfTheGatewaysWhoLive() {
        assertThat(isAllowed("caller")).isTrue();
        gateways = 3;
        for (int i = 0; i < 10; i++) {
            assertThat(isAllowed("another")).isTrue();
        }
        time.advance(Duration.ofMinutes(18));
        assertThat(isAllowed("another")).isTrue();
        assertThat(isAllowed("another")).isFalse();
    }
}
