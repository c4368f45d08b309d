package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Backends compare policies to tell whether a name is used twice; they are equal if all their properties are. */
class PolicyTest {

    private final Room room = Room.named("sale").capacity(500).build();
    private final Bound bound = Bound.of("shop", 4);

    @Test
    void roomsAreEqualIfAllPropertiesAre() {
        assertThat(room)
                .isEqualTo(Room.named("sale").capacity(500).build())
                .hasSameHashCodeAs(Room.named("sale").capacity(500).build())
                .isNotEqualTo(Room.named("other").capacity(500).build())
                .hasToString("Room sale, capacity 500, stay PT5M, renewable false, claimWithin PT1M, patience PT1M,"
                        + " refresh PT0.2S, enterWait PT10S, mode OPEN");
        List<UnaryOperator<Room.Builder>> changes = List.of(
                builder -> builder.capacity(501),
                builder -> builder.stay(Duration.ofMinutes(6)),
                builder -> builder.renewable(true),
                builder -> builder.claimWithin(Duration.ofSeconds(61)),
                builder -> builder.patience(Duration.ofSeconds(61)),
                builder -> builder.refresh(Duration.ofMillis(201)),
                builder -> builder.enterWait(Duration.ofSeconds(11)),
                builder -> builder.mode(Room.Mode.PAUSED));
        Room changed = room;
        for (UnaryOperator<Room.Builder> change : changes) {
            assertThat(change.apply(room.toBuilder()).build()).isNotEqualTo(room);
            changed = change.apply(changed.toBuilder()).build();
        }
        assertThat(changed.toBuilder().build())
                .as("each property goes over into the builder")
                .isEqualTo(changed)
                .hasSameHashCodeAs(changed);
    }

    @Test
    void boundsAreEqualIfAllPropertiesAre() {
        assertThat(bound)
                .isEqualTo(Bound.named("shop").limit(4).build())
                .hasSameHashCodeAs(Bound.named("shop").limit(4).build())
                .isNotEqualTo(Bound.of("other", 4))
                .isNotEqualTo(Bound.of("shop", 5))
                .isNotEqualTo(Bound.named("shop")
                        .limit(4)
                        .maxWait(Duration.ofSeconds(9))
                        .build())
                .isNotEqualTo(Bound.named("shop").limit(4).maxWaiting(9).build())
                .isNotEqualTo(Bound.named("shop")
                        .limit(4)
                        .maxHold(Duration.ofSeconds(9))
                        .build())
                .hasToString("Bound shop, limit 4, maxWait PT10S, maxWaiting 10000, maxHold PT0S");
    }

    @Test
    void changedBoundKeepsItsOtherProperties() {
        Bound all = Bound.named("shop")
                .limit(5)
                .maxWait(Duration.ofSeconds(9))
                .maxWaiting(9)
                .maxHold(Duration.ofSeconds(8))
                .build();
        assertThat(all.toBuilder().build()).isEqualTo(all);
        assertThat(all.toBuilder().limit(4).build().maxHold()).isEqualTo(Duration.ofSeconds(8));
    }

    @Test
    void nameThatCannotBeUsedIsRefusedWhereItIsGiven() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Room.named("a b"))
                .withMessageContaining("name of a room");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Bound.named("a b"))
                .withMessageContaining("name of a guard");
    }

    @Test
    void endsOfTheRangesOfARoomAreAccepted() {
        assertThat(Room.named("sale")
                        .capacity(10_000_000)
                        .stay(Duration.ofDays(30))
                        .claimWithin(Duration.ofHours(24))
                        .patience(Duration.ofHours(24))
                        .refresh(Duration.ofSeconds(10))
                        .enterWait(Duration.ofMinutes(5))
                        .build()
                        .capacity())
                .isEqualTo(10_000_000);
        assertThat(Room.named("sale")
                        .capacity(0)
                        .stay(Duration.ofMillis(1))
                        .claimWithin(Duration.ofMillis(1))
                        .patience(Duration.ofMillis(1_250))
                        .refresh(Duration.ofMillis(1))
                        .enterWait(Duration.ZERO)
                        .build()
                        .capacity())
                .isZero();
    }

    @Test
    void endsOfTheRangesOfABoundAreAccepted() {
        assertThat(Bound.named("shop")
                        .limit(1_000_000)
                        .maxWait(Duration.ofHours(1))
                        .maxWaiting(1_000_000)
                        .maxHold(Duration.ofHours(24))
                        .build()
                        .limit())
                .isEqualTo(1_000_000);
        assertThat(Bound.named("shop")
                        .limit(1)
                        .maxWait(Duration.ZERO)
                        .maxWaiting(0)
                        .maxHold(Duration.ofSeconds(1))
                        .build()
                        .limit())
                .isEqualTo(1);
    }
}
