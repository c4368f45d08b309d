package io.sluice.spring;

import io.sluice.TimeSource;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** For how long a call is held until there is an answer. */
final class Hold {

    /** As long as it takes; whoever answers has a bound of their own. */
    static final Hold UNTIL_ANSWERED = new Hold(null, Duration.ZERO);

    private final @Nullable TimeSource time;
    private final Duration longest;

    private Hold(@Nullable TimeSource time, Duration longest) {
        this.time = time;
        this.longest = longest;
    }

    /** For what must hold a call no longer than that. */
    static Hold forAtMost(Duration longest, TimeSource time) {
        return new Hold(time, longest);
    }

    /** Completes as the answer does, or with nothing if that takes too long. */
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
