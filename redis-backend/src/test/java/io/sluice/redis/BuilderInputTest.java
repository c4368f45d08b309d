package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.lettuce.core.RedisClient;
import io.lettuce.core.cluster.RedisClusterClient;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What makes no sense to the builder of a backend is refused where it is given, with an exception that names it. */
@SuppressWarnings("NullAway") // that null is refused is what is tested
class BuilderInputTest {

    private final RedisBackend.Builder builder = RedisBackend.builder();

    @Test
    void nullsAreNamed() {
        assertNull("uri", () -> builder.uri(null));
        assertNull("uris", () -> builder.cluster((String[]) null));
        assertNull("uri", () -> builder.cluster("redis://localhost:6379", null));
        assertNull("client", () -> builder.client((RedisClient) null));
        assertNull("client", () -> builder.client((RedisClusterClient) null));
        assertNull("name", () -> builder.clientName(null));
        assertNull("prefix", () -> builder.keyPrefix(null));
        assertNull("timeout", () -> builder.decisionTimeout(null));
        assertNull("secret", () -> builder.secret(null));
    }

    private static void assertNull(String what, ThrowingCallable call) {
        assertThatNullPointerException().isThrownBy(call).withMessage(what);
    }

    @Test
    void clusterHasANode() {
        assertThatIllegalArgumentException().isThrownBy(builder::cluster).withMessageContaining("at least one");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "with space", "a/b", "{tag}", "\n", "ünï"})
    void keyPrefixIsSafeInAKey(String prefix) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.keyPrefix(prefix))
                .withMessageContaining("keyPrefix");
    }

    @Test
    void keyPrefixIsShort() {
        builder.keyPrefix("x".repeat(64));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.keyPrefix("x".repeat(65)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT-1S", "PT0.000999999S", "PT10.000000001S", "PT2562047788015215H"})
    void decisionTimeoutIsInItsRange(Duration timeout) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.decisionTimeout(timeout))
                .withMessageContaining("decisionTimeout")
                .withMessageContaining(timeout.toString());
    }

    @Test
    void redisIsNamedOnce() {
        assertThatIllegalStateException().isThrownBy(builder::build).withMessageContaining("Where is Redis?");
        builder.uri("redis://localhost:6379");
        assertThatIllegalStateException().isThrownBy(() -> builder.cluster("redis://localhost:6379"));
    }
}
