package io.sluice;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every {@link Backend} must do with rooms, through the blocking and the asynchronous face of {@link WaitingRoom}. A
 * backend's test extends it and says how to create the backend.
 */
@ParameterizedClass
@EnumSource(RoomFace.class)
public abstract class RoomContract {

    @Parameter
    RoomFace face;

    /** Creates an empty backend whose decisions follow the given time. */
    protected abstract Backend create(TimeSource time);

    @Nested
    @DisplayName("the queue")
    class Queue extends RoomQueueRules {
        Queue() {
            super(RoomContract.this);
        }
    }

    @Nested
    @DisplayName("the entry")
    class Entry extends RoomEntryRules {
        Entry() {
            super(RoomContract.this);
        }
    }

    @Nested
    @DisplayName("the stay")
    class Stay extends RoomStayRules {
        Stay() {
            super(RoomContract.this);
        }
    }

    @Nested
    @DisplayName("steering")
    class Steering extends RoomSteeringRules {
        Steering() {
            super(RoomContract.this);
        }
    }
}
