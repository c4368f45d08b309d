package io.sluice.redis;

import io.lettuce.core.RedisCommandExecutionException;
import java.util.List;

/** A key holds something that Sluice did not put there. Other keys are not affected, so this is no outage. */
final class ForeignKeyException extends RuntimeException {

    /** What Redis answers to a command for another type. */
    private static final String WRONG_TYPE = "WRONGTYPE";

    /** What Lua says of a value that it cannot use. */
    private static final List<String> UNUSABLE = List.of("attempt to ", "bad argument #");

    ForeignKeyException(String key, Throwable cause) {
        super(text("A key like " + key), cause);
    }

    /** Says what to do about a key. */
    static String text(String key) {
        return key + " holds something that Sluice did not put there; delete it or choose another keyPrefix";
    }

    /** Tells whether a failed command failed because of what a key holds. */
    static boolean explains(Throwable failure) {
        String answer = answer(failure);
        return answer.contains(WRONG_TYPE) || isUnusable(answer);
    }

    /**
     * Tells whether a script failed because of a value that Sluice itself wrote. In a limit an unusable value is
     * somebody else's; the scripts of rooms read only what they have written.
     */
    static boolean isOwnFault(Throwable failure, Script script) {
        return script != Script.ACQUIRE && isUnusable(answer(failure));
    }

    private static boolean isUnusable(String answer) {
        return UNUSABLE.stream().anyMatch(answer::contains);
    }

    private static String answer(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof RedisCommandExecutionException answer) {
                return String.valueOf(answer.getMessage());
            }
        }
        return "";
    }
}
