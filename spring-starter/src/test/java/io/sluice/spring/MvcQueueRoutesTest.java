package io.sluice.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import io.sluice.Room;
import io.sluice.WaitingRoom;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.Cookie;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

@Tag("servlet")
class MvcQueueRoutesTest {

    private final ManualTime time = new ManualTime();
    private final HttpGate gate =
            Configured.gates(Map.of("sluice.rooms.sale.capacity", "1"), LocalBackend.create(time));

    /** Returns the enter of a visitor who has been called for a place that is not there any more. */
    private MockHttpServletRequest enter() {
        WaitingRoom room = gate.room("sale").room();
        String ticket = room.join("r:ann").token();
        time.advance(Duration.ofMillis(200));
        String gateToken = Objects.requireNonNull(room.status(ticket).gateToken());
        room.configure(0, Room.Mode.OPEN);
        MockHttpServletRequest enter = new MockHttpServletRequest("POST", "/queue/enter");
        enter.setContent(WebContract.entering(ticket, gateToken).getBytes(UTF_8));
        enter.setCookies(new Cookie("sluice-sale", "ann~" + ticket));
        enter.setAsyncSupported(true);
        return enter;
    }

    @Test
    void leavesItToTheRoomHowLongEnteringIsHeld() throws Exception {
        MockHttpServletRequest enter = enter();
        MockHttpServletResponse response = new MockHttpServletResponse();
        ServletCall.begin(enter, response, "", gate.settings(), gate.storeCall());
        ServerRequest request = ServerRequest.create(enter, List.of());
        ServerResponse held = MvcQueueRoutes.on("/queue", new QueueEndpoints(gate))
                .route(request)
                .orElseThrow()
                .handle(request);
        held.writeTo(enter, response, List::of);
        AsyncContext wait = Objects.requireNonNull(enter.getAsyncContext());
        assertThat(wait.getTimeout()).as("none of the container's").isZero();
    }
}
