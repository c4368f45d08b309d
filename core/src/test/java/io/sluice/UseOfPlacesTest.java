package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Places do not stand empty while somebody waits, although many of those who seem to wait have gone. */
class UseOfPlacesTest {

    private static final Duration FIRST_FILL = Duration.ofMinutes(2);

    @ParameterizedTest(name = "{0} places, {1} % leavers, {2} s of waiting when it starts")
    @CsvSource({"500, 60, 60", "500, 60, 5", "500, 0, 5", "100, 60, 60", "100, 60, 5", "100, 0, 5"})
    void nearlyAllPlacesAreInUseWhileAnybodyLivingWaits(int capacity, int leaversPercent, int waitSeconds) {
        Room room = Room.named("sale").capacity(capacity).build();
        assertNearlyAllPlacesAreInUse(room, leaversPercent, waitSeconds, crowd -> {});
    }

    @ParameterizedTest(name = "{0} s to claim a place")
    @ValueSource(ints = {2, 3})
    void nearlyAllPlacesAreInUseAlthoughClaimsEndBeforeSilenceCounts(int claimWithinSeconds) {
        Room room = Room.named("sale")
                .capacity(500)
                .claimWithin(Duration.ofSeconds(claimWithinSeconds))
                .build();
        assertNearlyAllPlacesAreInUse(room, 60, 5, SimulatedCrowd::haveLeaversWaitUntilCalled);
    }

    private static void assertNearlyAllPlacesAreInUse(
            Room policy, int leaversPercent, int waitSeconds, Consumer<SimulatedCrowd> prepare) {
        Seeds.forAll(1, random -> {
            ManualTime time = new ManualTime();
            Backend backend = LocalBackend.create(time);
            int capacity = policy.capacity();
            WaitingRoom room = WaitingRoom.of(policy, backend, Signer.random());
            double leavers = leaversPercent / 100.0;
            SimulatedCrowd crowd = new SimulatedCrowd(List.of(room), time, random, Duration.ofSeconds(30), leavers);
            prepare.accept(crowd);
            double comingPerSecond = capacity / 30.0 / (1 - leavers);
            for (int i = 0; i < capacity + comingPerSecond * waitSeconds; i++) {
                crowd.come();
            }
            // A little more than the places can take, so that there is always somebody waiting.
            crowd.comeSteadily(comingPerSecond * 1.02);
            crowd.run(FIRST_FILL, capacity);

            double use = crowd.run(Duration.ofMinutes(8), capacity);

            assertThat(use).isGreaterThan(0.97);
            assertThat(crowd.mostInside()).isLessThanOrEqualTo(capacity);
            assertThat(crowd.turnedAway()).isZero();
            assertThat(crowd.meanTimeAtTheDoor()).isLessThan(Duration.ofSeconds(2));
        });
    }
}
