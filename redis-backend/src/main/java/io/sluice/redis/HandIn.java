package io.sluice.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a room whose store has lost something, or was away, what this gateway knows of it. It does so in parts, so
 * that no script runs for long. Telling something twice has no effect. If a hand-in after a loss fails, the next one
 * goes on with the part that failed, as long as the store has not lost anything again.
 */
final class HandIn {

    private static final Logger log = LoggerFactory.getLogger(HandIn.class);

    /** A part takes Redis 1 to 12 ms: all gateways hand in at once, and decisions wait for them. */
    private static final int FACTS_PER_PART = 250;

    /**
     * The first argument of every part but the last. The last one sends the revision up to which Redis has already
     * looked for what is over.
     */
    private static final String MORE_PARTS = "-1";

    /** A departure takes Redis ten calls. */
    private static final int DEPARTURES_AT_ONCE = 500;

    private final String room;
    private final RoomMemory memory;
    private final RoomJournal journal;
    private final Function<List<String>, CompletionStage<RoomReply>> call;
    private final AtomicBoolean underWay = new AtomicBoolean();

    /** The last hand-in after a loss that failed; only the hand-in under way uses it. */
    private @Nullable Task unfinished;

    /** The life of the room that knows who joined without a number up to {@code toldStamp}; used as above. */
    private RoomReply.@Nullable Life toldLife;

    private long toldStamp;

    /** A fact that a gateway knows. Its record is written when it is sent, because there may be many. */
    interface Fact {

        /** Adds the record as room-hand-in.lua takes it. */
        void addTo(List<String> arguments);

        static Fact of(String kind, Object first, Object second, Object third) {
            return arguments -> {
                arguments.add(kind);
                arguments.add(first.toString());
                arguments.add(second.toString());
                arguments.add(third.toString());
            };
        }
    }

    /** What to tell, and how far that has come. */
    private static final class Task {
        final List<String> head;
        final List<Fact> facts;
        final List<RoomJournal.Departure> departures;
        final long newestStamp;
        final RoomReply.Life life;
        int told;
        String lookedThrough = "0";

        Task(
                RoomReply.Life life,
                List<String> head,
                List<Fact> facts,
                List<RoomJournal.Departure> departures,
                long newestStamp) {
            this.life = life;
            this.head = head;
            this.facts = facts;
            this.departures = departures;
            this.newestStamp = newestStamp;
        }
    }

    /** Creates a hand-in; {@code call} runs the script with the script's own arguments. */
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

    /**
     * Starts a hand-in, unless one is under way.
     *
     * @param newLife whether the store has lost something; otherwise it lacks only what happened while it was away
     * @param life the life of the room that is told
     */
    void start(boolean newLife, RoomReply.Life life) {
        if (!underWay.compareAndSet(false, true)) {
            return;
        }
        Task before = unfinished;
        Task task = newLife && before != null && life.equals(before.life) ? before : newTask(newLife, life);
        send(task).whenComplete((reply, failure) -> {
            unfinished = newLife && failure != null ? task : null;
            ended(task, failure);
            if (failure == null && newLife) {
                log.warn("Room {}: the store had lost something, and has been told what this gateway knows", room);
                if (memory.goOn(reply)) {
                    journal.forgetNumbers();
                }
            }
            underWay.set(false);
        });
    }

    private Task newTask(boolean newLife, RoomReply.Life life) {
        long newestStamp = journal.newestStamp();
        List<RoomJournal.Departure> departures = journal.numberedDepartures();
        List<Fact> facts = new ArrayList<>();
        if (newLife) {
            facts.addAll(memory.handInFacts());
        }
        // Before the tickets: a visitor who has left and come back has another place.
        facts.addAll(departures);
        if (newLife) {
            facts.addAll(journal.arrivals());
        }
        // No visitor twice: a hold lasts for some refreshes, each of which hands in what is new.
        facts.addAll(journal.unnumbered(life.equals(toldLife) ? toldStamp : 0));
        List<String> head = newLife ? memory.handInHead() : memory.handInNothing();
        return new Task(life, head, facts, departures, newestStamp);
    }

    private void ended(Task task, @Nullable Throwable failure) {
        if (failure == null) {
            journal.told(task.departures);
            toldLife = task.life;
            toldStamp = task.newestStamp;
        } else {
            failed(failure);
        }
    }

    /**
     * Tells an open room who joined without a number, unless a hand-in is under way. It tells more at once than
     * refreshes do, so that visitors who join now are not without a number for long.
     */
    void tellUnnumbered(RoomReply.Life life) {
        if (!underWay.compareAndSet(false, true)) {
            return;
        }
        Task task = newTask(false, life);
        send(task).whenComplete((reply, failure) -> {
            ended(task, failure);
            underWay.set(false);
        });
    }

    /** Tells a room which places a visitor who is about to join has given up. */
    CompletionStage<RoomReply> tell(List<RoomJournal.Departure> departures) {
        return call.apply(part(MORE_PARTS, memory.handInNothing(), departures)).thenApply(reply -> {
            journal.told(departures);
            return reply;
        });
    }

    /** Tells an open room who left while it was away: the first of them, unless a hand-in is under way. */
    void tellDepartures() {
        List<RoomJournal.Departure> departures = journal.departures(DEPARTURES_AT_ONCE);
        if (departures.isEmpty() || !underWay.compareAndSet(false, true)) {
            return;
        }
        // Not the last part: there may be more that a hold has to wait for.
        call.apply(part(MORE_PARTS, memory.handInNothing(), departures)).whenComplete((reply, failure) -> {
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

    private CompletionStage<RoomReply> send(Task task) {
        int from = task.told;
        int to = Math.min(from + FACTS_PER_PART, task.facts.size());
        boolean last = to == task.facts.size();
        List<String> head = from == 0 ? task.head : memory.handInNothing();
        CompletionStage<RoomReply> reply =
                call.apply(part(last ? task.lookedThrough : MORE_PARTS, head, task.facts.subList(from, to)));
        if (last) {
            journal.sentThrough(task.newestStamp);
        }
        return reply.thenCompose(answer -> {
            if (!answer.life().equals(task.life)) {
                return CompletableFuture.failedFuture(new RoomHoldsException());
            }
            task.told = to;
            if (!answer.parts().isEmpty()) {
                task.lookedThrough = answer.parts().get(0).get(0);
            }
            return last && answer.parts().isEmpty() ? CompletableFuture.completedFuture(answer) : send(task);
        });
    }

    private static List<String> part(String lookedThrough, List<String> head, List<? extends Fact> facts) {
        List<String> part = new ArrayList<>();
        part.add(lookedThrough);
        part.addAll(head);
        facts.forEach(fact -> fact.addTo(part));
        return part;
    }
}
