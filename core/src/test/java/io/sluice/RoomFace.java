package io.sluice;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A waiting room through its blocking or its asynchronous methods, so that one suite tests both. */
enum RoomFace {
    BLOCKING {
        @Override
        Ticket join(WaitingRoom room, String visitor) {
            return room.join(visitor);
        }

        @Override
        Ticket admit(WaitingRoom room, String visitor) {
            return room.admit(visitor);
        }

        @Override
        Standing status(WaitingRoom room, String ticket) {
            return room.status(ticket);
        }

        @Override
        @Nullable
        Pass find(WaitingRoom room, String visitor) {
            return room.find(visitor);
        }

        @Override
        Pass renew(WaitingRoom room, String visitor) {
            return room.renew(visitor);
        }

        @Override
        void leave(WaitingRoom room, String visitor) {
            room.leave(visitor);
        }

        @Override
        void leaveTicket(WaitingRoom room, String ticket) {
            room.leaveTicket(ticket);
        }

        @Override
        void configure(WaitingRoom room, int capacity, Room.Mode mode) {
            room.configure(capacity, mode);
        }

        @Override
        void setCapacity(WaitingRoom room, int capacity) {
            room.setCapacity(capacity);
        }

        @Override
        void setMode(WaitingRoom room, Room.Mode mode) {
            room.setMode(mode);
        }
    },
    ASYNCHRONOUS {
        @Override
        Ticket join(WaitingRoom room, String visitor) {
            return get(room.joinAsync(visitor));
        }

        @Override
        Ticket admit(WaitingRoom room, String visitor) {
            return get(room.admitAsync(visitor));
        }

        @Override
        Standing status(WaitingRoom room, String ticket) {
            return get(room.statusAsync(ticket));
        }

        @Override
        @Nullable
        Pass find(WaitingRoom room, String visitor) {
            return get(room.findAsync(visitor));
        }

        @Override
        Pass renew(WaitingRoom room, String visitor) {
            return get(room.renewAsync(visitor));
        }

        @Override
        void leave(WaitingRoom room, String visitor) {
            get(room.leaveAsync(visitor));
        }

        @Override
        void leaveTicket(WaitingRoom room, String ticket) {
            get(room.leaveTicketAsync(ticket));
        }

        @Override
        void configure(WaitingRoom room, int capacity, Room.Mode mode) {
            get(room.configureAsync(capacity, mode));
        }

        @Override
        void setCapacity(WaitingRoom room, int capacity) {
            get(room.setCapacityAsync(capacity));
        }

        @Override
        void setMode(WaitingRoom room, Room.Mode mode) {
            get(room.setModeAsync(mode));
        }
    };

    abstract Ticket join(WaitingRoom room, String visitor);

    abstract Ticket admit(WaitingRoom room, String visitor);

    abstract Standing status(WaitingRoom room, String ticket);

    abstract @Nullable Pass find(WaitingRoom room, String visitor);

    abstract Pass renew(WaitingRoom room, String visitor);

    abstract void leave(WaitingRoom room, String visitor);

    abstract void leaveTicket(WaitingRoom room, String ticket);

    abstract void configure(WaitingRoom room, int capacity, Room.Mode mode);

    abstract void setCapacity(WaitingRoom room, int capacity);

    abstract void setMode(WaitingRoom room, Room.Mode mode);

    static <T> T get(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }
}
