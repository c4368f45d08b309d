package io.sluice.spring;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;

/** What every web stack answers, each subject in a contract of its own. */
abstract class WebStackContract {

    /** Returns the stack, anew for each test. */
    abstract WebStack stack();

    @Nested
    @DisplayName("a limited route")
    class LimitedRoutes extends LimitedRouteContract {

        LimitedRoutes() {
            super(stack());
        }
    }

    @Nested
    @DisplayName("a route behind a room")
    class RoomRoutes extends RoomRouteContract {

        RoomRoutes() {
            super(stack());
        }
    }

    @Nested
    @DisplayName("a guarded route")
    class GuardedRoutes extends GuardedRouteContract {

        GuardedRoutes() {
            super(stack());
        }
    }

    @Nested
    @DisplayName("whatever passes")
    class ProtectedRoutes extends ProtectedRouteContract {

        ProtectedRoutes() {
            super(stack());
        }
    }

    @Nested
    @DisplayName("a caller")
    class Callers extends CallerContract {

        Callers() {
            super(stack());
        }
    }

    @Nested
    @DisplayName("sluice.filters")
    class Filters extends FilterContract {

        Filters() {
            super(stack());
        }
    }

    @Nested
    @DisplayName("the queue")
    class Queue extends QueueContract {

        Queue() {
            super(stack());
        }
    }

    @Nested
    @DisplayName("an answer")
    class Answers extends AnswerContract {

        Answers() {
            super(stack());
        }
    }

    @Nested
    @DisplayName("an operator")
    class Operations extends OperationsContract {

        Operations() {
            super(stack());
        }
    }

    @Nested
    @DisplayName("a configuration")
    class Configurations extends ConfigurationContract {

        Configurations() {
            super(stack());
        }
    }
}
