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
        if (newLife) {
            records.addAll(memory.handInRecords());
        }
        List<RoomJournal.Departure> departures = journal.numberedDepartures();
        records.addAll(journal.handInRecords());
        List<String> head = newLife ? memory.handInHead() : memory.handInNothing();
        send(head, records).whenComplete((reply, failure) -> {
            if (failure == null) {
                departures.forEach(journal::told);
                if (newLife) {
                    log.info("Room {}: the store had lost something, and has been told what this gateway knows", room);
                    if (memory.goOn(reply)) {
                        journal.forgetNumbers();
                    }
                }
            } else {
                log.debug("Room {}: what this gateway knows could not be handed in yet", room, failure);
            }
            underWay.set(false);
        });
    }

    private CompletionStage<RoomReply> send(List<String> head, List<String> records) {
        int size = Math.min(records.size(), ARGUMENTS_PER_PART);
        boolean last = size == records.size();
        List<String> part = new ArrayList<>(1 + head.size() + size);
        part.add(last ? "1" : "0");
        part.addAll(head);
        part.addAll(records.subList(0, size));
        CompletionStage<RoomReply> reply = call.apply(part);
        if (last) {
            return reply;
        }
        List<String> rest = records.subList(size, records.size());
        return reply.thenCompose(first -> send(memory.handInNothing(), rest)
                .thenCompose(end -> first.life().equals(end.life())
                        ? CompletableFuture.completedFuture(end)
                        : CompletableFuture.failedFuture(new RoomHoldsException())));
    }
}
