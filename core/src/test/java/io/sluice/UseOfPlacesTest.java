package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
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
        Seeds.forAll(
                1,
                random -> assertNearlyAllPlacesAreInUse(
                        crowd(random, room, leaversPercent / 100.0, waitSeconds, crowd -> {}), capacity));
    }

    @ParameterizedTest(name = "{0} s to claim a place")
    @ValueSource(ints = {2, 3})
    void nearlyAllPlacesAreInUseAlthoughClaimsEndBeforeSilenceCounts(int claimWithinSeconds) {
        Room room = Room.named("sale")
                .capacity(500)
                .claimWithin(Duration.ofSeconds(claimWithinSeconds))
                .build();
        Seeds.forAll(
                1,
                random -> assertNearlyAllPlacesAreInUse(
                        crowd(random, room, 0.6, 5, SimulatedCrowd::haveLeaversWaitUntilCalled), 500));
    }

    private static void assertNearlyAllPlacesAreInUse(SimulatedCrowd crowd, int capacity) {
        crowd.run(FIRST_FILL, capacity);

        double use = crowd.run(Duration.ofMinutes(8), capacity);

        assertThat(use).isGreaterThan(0.97);
        assertThat(crowd.mostInside()).isLessThanOrEqualTo(capacity);
        assertThat(crowd.turnedAway()).isZero();
        assertThat(crowd.meanTimeAtTheDoor()).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void oneSeedPlaysTheSameCrowdAgain() {
        Room room = Room.named("sale").capacity(20).build();
        List<Duration> meanTimes = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            SimulatedCrowd crowd = crowd(new Random(1), room, 0.6, 60, same -> {});
            crowd.run(FIRST_FILL, 20);
            meanTimes.add(crowd.meanTimeAtTheDoor());
        }
        assertThat(meanTimes.get(0)).isEqualTo(meanTimes.get(1));
    }

    private static SimulatedCrowd crowd(
            Random random, Room policy, double leavers, int waitSeconds, Consumer<SimulatedCrowd> prepare) {
        ManualTime time = new ManualTime();
        Backend backend = LocalBackend.create(time);
        Signer signer = Signer.of("a secret of the tests, long enough");
        WaitingRoom room = WaitingRoom.of(policy, backend, signer, new Pacing(policy.patience(), random::nextDouble));
        SimulatedCrowd crowd = new SimulatedCrowd(List.of(room), time, random, Duration.ofSeconds(30), leavers);
        prepare.accept(crowd);
        double comingPerSecond = policy.capacity() / 30.0 / (1 - leavers);
        for (int i = 0; i < policy.capacity() + comingPerSecond * waitSeconds; i++) {
            crowd.come();
        }
        // A little more than the places can take, so that there is always somebody waiting.
        crowd.comeSteadily(comingPerSecond * 1.02);
        return crowd;
    }
}
