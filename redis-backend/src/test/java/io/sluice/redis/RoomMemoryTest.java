package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.ManualTime;
import io.sluice.Place;
import io.sluice.Room;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a gateway can bring back while it copies a room's claims and stays anew. */
class RoomMemoryTest {

    private static final RoomReply.Life LIFE = new RoomReply.Life(1, 2, "life");
    private static final RoomReply.Life NEXT_LIFE = new RoomReply.Life(1, 2, "next life");
    private static final int NUMBER_IN_RECORD = 1;

    private final ManualTime time = new ManualTime();
    private final RoomMemory memory =
            new RoomMemory(Room.named("sale").capacity(10).build(), time);

    @BeforeEach
    void copyThreeStaysThenLoseThem() {
        assertThat(memory.isNewLife(reply(LIFE, 3))).isFalse();
        take(true, 3, 3, List.of(), stay(1), stay(2), stay(3));
        assertThat(toHandIn()).containsExactly(1L, 2L, 3L);
        assertThat(memory.goOn(reply(NEXT_LIFE, 3))).isFalse();
    }

    private RoomReply reply(RoomReply.Life life, long revision) {
        return new RoomReply(false, time.epochMicros(), life, 1, 1, revision, List.of());
    }

    /** A visitor's hash is a hundred times the number. */
    private AdvanceReply.Stay stay(long number) {
        return new AdvanceReply.Stay(number, 100 * number, time.epochMicros() + 1_000_000);
    }

    private void take(
            boolean everything,
            long toldRevision,
            long revision,
            List<AdvanceReply.Dropped> dropped,
            AdvanceReply.Change... changes) {
        memory.take(answer(everything, toldRevision, revision, dropped, changes), memory.copiedRevision(), null);
    }

    private AdvanceReply answer(
            boolean everything,
            long toldRevision,
            long revision,
            List<AdvanceReply.Dropped> dropped,
            AdvanceReply.Change... changes) {
        RoomCounters counters = new RoomCounters(
                revision,
                3,
                3,
                3,
                10,
                Room.Mode.OPEN,
                0,
                0,
                everything,
                RedisBackend.Recovery.NONE,
                toldRevision,
                revision,
                0,
                "");
        return new AdvanceReply(time.epochMicros(), 1, 1, counters, List.of(changes), dropped, Map.of(), Map.of(), "");
    }

    /** Returns the numbers of the stays and claims that would be handed in. */
    private LongStream numbersToHandIn() {
        List<List<String>> records = new ArrayList<>();
        memory.handInFacts().forEach(fact -> {
            List<String> record = new ArrayList<>();
            fact.addTo(record);
            records.add(record);
        });
        return records.stream().mapToLong(record -> Long.parseLong(record.get(NUMBER_IN_RECORD)));
    }

    private List<Long> toHandIn() {
        return numbersToHandIn().boxed().toList();
    }

    @Test
    void staysAreKeptUntilACopyThatStartsOverIsComplete() {
        take(true, 4, 5, List.of(), stay(1));
        assertThat(toHandIn()).as("the store may lose everything again now").containsExactly(1L, 2L, 3L);
        take(false, 5, 5, List.of(), stay(2));
        assertThat(toHandIn()).as("what was not told is not there any more").containsExactly(1L, 2L);
        assertThat(memory.inside(300)).isNull();
    }

    @Test
    void whatIsDroppedWhileACopyStartsOverIsGoneAtOnce() {
        take(true, 4, 6, List.of(), stay(1));
        take(false, 5, 6, List.of(new AdvanceReply.Dropped(2, true)));
        assertThat(toHandIn()).containsExactly(1L, 3L);
    }

    @Test
    void copyThatStartsOverASecondTimeHasToConfirmEverythingAgain() {
        take(true, 4, 5, List.of(), stay(1), stay(2));
        take(true, 6, 7, List.of(), stay(2));
        assertThat(toHandIn()).containsExactly(1L, 2L, 3L);
        take(false, 7, 7, List.of());
        assertThat(toHandIn()).containsExactly(2L);
    }

    @Test
    void placeThatWasGivenUpIsForgottenOnceItsStayWouldBeOver() {
        PlacesCopy places = new PlacesCopy();
        places.giveUp(new Place(Place.State.USED, 1, 1, stay(1).endMicros()));
        places.take(answer(true, 4, 4, List.of()), places.revision());
        assertThat(places.givenUp()).isEqualTo(1);
        time.advance(Duration.ofSeconds(1));
        places.take(answer(false, 4, 4, List.of()), places.revision());
        assertThat(places.givenUp()).isZero();
    }

    @Test
    void whoEntersHereWhileACopyStartsOverStaysInside() {
        take(true, 4, 5, List.of(), stay(1));
        memory.learn(300, new Place(Place.State.USED, 1, 3, stay(3).endMicros()));
        take(false, 5, 5, List.of());
        assertThat(toHandIn()).containsExactly(1L, 3L);
    }
}
