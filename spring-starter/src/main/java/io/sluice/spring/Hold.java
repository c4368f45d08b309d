package io.sluice.spring;

import io.sluice.TimeSource;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** How long a call is held until there is an answer. */
final class Hold {

    /** Holds a call as long as the answer takes, which is bounded where it comes from. */
    static final Hold UNTIL_ANSWERED = new Hold(null, Duration.ZERO);

    private final @Nullable TimeSource time;
    private final Duration longest;

    private Hold(@Nullable TimeSource time, Duration longest) {
        this.time = time;
        this.longest = longest;
    }

    /** Returns a hold of at most this duration. */
    static Hold forAtMost(Duration longest, TimeSource time) {
        return new Hold(time, longest);
    }

    /** Completes as the answer does, or empty if that takes too long. */
    <T> CompletionStage<Optional<T>> on(CompletionStage<T> answer) {
        CompletableFuture<Optional<T>> held =
                answer.<Optional<T>>thenApply(Optional::of).toCompletableFuture();
        if (time == null || held.isDone()) {
            return held;
        }
        if (longest.isZero()) {
            held.complete(Optional.empty());
        } else {
            Runnable timeOut = time.schedule(() -> held.complete(Optional.empty()), longest);
            CompletionStage<Optional<T>> end = held;
            end.whenComplete((value, failure) -> timeOut.run());
        }
        return held;
    }
}
