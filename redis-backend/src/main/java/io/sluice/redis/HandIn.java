package io.sluice.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a room whose store has lost something, or was away, what this gateway knows of it: in parts, so that no script
 * runs for long. What is told twice has no effect, so a hand-in that fails is begun anew.
 */
final class HandIn {

    private static final Logger log = LoggerFactory.getLogger(HandIn.class);
    private static final int ARGUMENTS_PER_RECORD = 4;
    private static final int ARGUMENTS_PER_PART = 1_000 * ARGUMENTS_PER_RECORD;

    /** A departure takes Redis ten calls. */
    private static final int DEPARTURES_AT_ONCE = 500;

    private final String room;
    private final RoomMemory memory;
    private final RoomJournal journal;
    private final Function<List<String>, CompletionStage<RoomReply>> call;
    private final AtomicBoolean underWay = new AtomicBoolean();

    /** Creates it; {@code call} runs the script with its own arguments. */
    HandIn(
            String room,
            RoomMemory memory,
            RoomJournal journal,
            Function<List<String>, CompletionStage<RoomReply>> call) {
        this.room = room;
        this.memory = memory;
        this.journal = journal;
        this.call = call;
    }

    boolean isUnderWay() {
        return underWay.get();
    }

    /** Starts, unless one is under way. */
    void start(boolean newLife) {
        if (!underWay.compareAndSet(false, true)) {
            return;
        }
        List<String> records = new ArrayList<>();
        long newestStamp = journal.newestStamp();
        if (newLife) {
            records.addAll(memory.handInRecords());
        }
        // Before the tickets: who has left and come back has another place.
        List<RoomJournal.Departure> departures = journal.numberedDepartures();
        records.addAll(RoomJournal.Departure.records(departures));
        records.addAll(journal.handInRecords());
        List<String> head = newLife ? memory.handInHead() : memory.handInNothing();
        send(head, records, newestStamp).whenComplete((reply, failure) -> {
            if (failure == null) {
                journal.told(departures);
                if (newLife) {
                    log.info("Room {}: the store had lost something, and has been told what this gateway knows", room);
                    if (memory.goOn(reply)) {
                        journal.forgetNumbers();
                    }
                }
            } else {
                failed(failure);
            }
            underWay.set(false);
        });
    }

    /**
     * Tells a room that is open who joined without a number, unless something is being told: more at once than go out with
     * refreshes, so that those who join now need not go without a number for long.
     */
    void tellUnnumbered() {
        if (!underWay.compareAndSet(false, true)) {
            return;
        }
        long newestStamp = journal.newestStamp();
        List<RoomJournal.Departure> departures = journal.numberedDepartures();
        List<String> records = RoomJournal.Departure.records(departures);
        records.addAll(journal.unnumberedRecords());
        send(memory.handInNothing(), records, newestStamp).whenComplete((reply, failure) -> {
            if (failure == null) {
                journal.told(departures);
            } else {
                failed(failure);
            }
            underWay.set(false);
        });
    }

    /** Tells a room which places a visitor has given up who is about to join. */
    CompletionStage<RoomReply> tell(List<RoomJournal.Departure> departures) {
        return call.apply(part(false, memory.handInNothing(), RoomJournal.Departure.records(departures)))
                .thenApply(reply -> {
                    journal.told(departures);
                    return reply;
                });
    }

    /** Tells a room that is open who has left while it was away: the first of them, unless something is being told. */
    void tellDepartures() {
        List<RoomJournal.Departure> departures = journal.departures(DEPARTURES_AT_ONCE);
        if (departures.isEmpty() || !underWay.compareAndSet(false, true)) {
            return;
        }
        // Not the last part: there may be more that a hold has to wait for.
        List<String> records = RoomJournal.Departure.records(departures);
        call.apply(part(false, memory.handInNothing(), records)).whenComplete((reply, failure) -> {
            if (failure != null) {
                failed(failure);
            } else if (!reply.held()) {
                journal.told(departures);
            }
            underWay.set(false);
        });
    }

    private void failed(Throwable failure) {
        journal.notSent();
        log.debug("Room {}: what this gateway knows could not be handed in yet", room, failure);
    }

    private CompletionStage<RoomReply> send(List<String> head, List<String> records, long newestStamp) {
        int size = Math.min(records.size(), ARGUMENTS_PER_PART);
        boolean last = size == records.size();
        CompletionStage<RoomReply> reply = call.apply(part(last, head, records.subList(0, size)));
        if (last) {
            journal.sentThrough(newestStamp);
            return reply;
        }
        List<String> rest = records.subList(size, records.size());
        return reply.thenCompose(first -> send(memory.handInNothing(), rest, newestStamp)
                .thenCompose(end -> first.life().equals(end.life())
                        ? CompletableFuture.completedFuture(end)
                        : CompletableFuture.failedFuture(new RoomHoldsException())));
    }

    private static List<String> part(boolean last, List<String> head, List<String> records) {
        List<String> part = new ArrayList<>(1 + head.size() + records.size());
        part.add(last ? "1" : "0");
        part.addAll(head);
        part.addAll(records);
        return part;
    }
}
