package io.sluice.redis;

import io.lettuce.core.RedisCommandExecutionException;
import java.util.List;

/** A key holds something that Sluice did not put there. Other keys are not concerned, so this is no outage. */
final class ForeignKeyException extends RuntimeException {

    /** What Redis answers to a command for another type, and Lua to a value that it cannot use. */
    private static final List<String> ANSWERS = List.of("WRONGTYPE", "attempt to ", "bad argument #");

    ForeignKeyException(String key, Throwable cause) {
        super(text("A key like " + key), cause);
    }

    /** Says what to do about a key. */
    static String text(String key) {
        return key + " holds something that Sluice did not put there; delete it or choose another keyPrefix";
    }

    /** Tells whether a failed command failed because of what a key holds. */
    static boolean explains(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof RedisCommandExecutionException answer) {
                String text = String.valueOf(answer.getMessage());
                return ANSWERS.stream().anyMatch(text::contains);
            }
        }
        return false;
    }
}
