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
    void shareThatIsUsedUpStaysSoWhenTheNumberOfGatewaysChanges() {
        for (int i = 0; i < 5; i++) {
            assertThat(isAllowed("caller")).isTrue();
        }
        for (int count : new int[] {2, 3, 2, 3}) {
            gateways = count;
            assertThat(isAllowed("caller")).as("with %d gateways", count).isFalse();
        }
        time.advance(Duration.ofMinutes(18));
        assertThat(isAllowed("caller")).isTrue();
        assertThat(isAllowed("caller")).isFalse();
    }

    @Test
    void shareOfACallerAtRestIsThatOfTheGatewaysWhoLive() {
        assertThat(isAllowed("caller")).isTrue();
        gateways = 3;
        for (int i = 0; i < 4; i++) {
            assertThat(isAllowed("another")).isEqualTo(i < 3);
        }
    }
}
