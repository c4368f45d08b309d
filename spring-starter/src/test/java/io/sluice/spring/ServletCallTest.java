package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

@Tag("servlet")
class ServletCallTest {

    private final MockHttpServletRequest request = new MockHttpServletRequest("GET", "/orders");
    private final MockHttpServletResponse response = new MockHttpServletResponse();

    @Test
    void leavesTheResponseToTheContainerUntilTheRequestComesBack() throws IOException {
        request.setAsyncSupported(true);
        ServletCall call = ServletCall.begin(request, response, "", Configured.byDefault(), Duration.ZERO);
        CompletableFuture<Optional<HttpAnswer>> wait = new CompletableFuture<>();
        assertThat(call.passes(unused -> wait, request, response)).isFalse();
        call.setResponseHeader("RateLimit", "as the store says");
        call.addResponseHeader("Set-Cookie", "sluice-sale=as-the-room-says");
        wait.complete(Optional.empty());
        assertThat(response.getHeaderNames())
                .as("the container may be at it on another thread")
                .isEmpty();
        call.comesBack();
        assertThat(response.getHeader("RateLimit")).isEqualTo("as the store says");
        assertThat(response.getHeader("Set-Cookie")).isEqualTo("sluice-sale=as-the-room-says");
    }

    @Test
    @Timeout(20)
    void leavesItsThreadAtOnceWhenAGuardHoldsItHoweverLongACallOfTheStoreMayTake() throws IOException {
        request.setAsyncSupported(true);
        HttpGate gate =
                Configured.gates(Map.of("sluice.guards.shop.limit", "1"), LocalBackend.create(new ManualTime()));
        gate.guard("shop").guard().acquireAsync("ann");
        ServletCall call = ServletCall.begin(request, response, "", gate.settings(), ServletWait.FOREVER);
        assertThat(call.passes(gate.guard("shop"), request, response)).isFalse();
        assertThat(request.isAsyncStarted()).isTrue();
    }

    @Test
    void setsNoHeaderOfAnAnswerThatIsOver() throws IOException {
        request.setAsyncSupported(true);
        ServletCall call = ServletCall.begin(request, response, "", Configured.byDefault(), Duration.ZERO);
        assertThat(call.passes(unused -> new CompletableFuture<>(), request, response))
                .isFalse();
        call.end(false);
        call.setResponseHeader("RateLimit", "as the store says");
        assertThat(response.getHeaderNames())
                .as("the container may have given it to the next request")
                .isEmpty();
    }

    @Test
    void givesBackWhatItHoldsEvenIfTheAnswerCannotBeEndedInOrder() {
        MockHttpServletResponse broken = new MockHttpServletResponse() {
            @Override
            public int getStatus() {
                throw new IllegalStateException("as the test wants");
            }
        };
        ServletCall call = ServletCall.begin(request, broken, "", Configured.byDefault(), Duration.ZERO);
        AtomicBoolean given = new AtomicBoolean();
        Passage.of(call).atEnd(() -> given.set(true));
        assertThatThrownBy(() -> call.end(false)).hasMessage("as the test wants");
        assertThat(given).isTrue();
    }
}
