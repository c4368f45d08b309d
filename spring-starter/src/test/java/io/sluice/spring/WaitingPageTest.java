package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.Room;
import io.sluice.WaitingRoom;
import io.sluice.redis.RedisServer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** The waiting page in a real browser, on a gateway on a real port. */
@Tag("browser")
class WaitingPageTest {

    private static final Duration PATIENT = Duration.ofSeconds(30);
    private static final String ASKED_FOR = "/orders/1?page=2";
    private static final String CALL = "GET /orders/1";
    private static final String LOGIN = "/login";

    private final Upstream upstream = new Upstream();
    private final Browser browser = new Browser();
    private final Map<String, Object> properties = new HashMap<>();
    private @Nullable RedisServer redis;
    private @Nullable ConfigurableApplicationContext gateway;
    private String base = "";
    private final Queue<String> sentToLogin = new ConcurrentLinkedQueue<>();
    private volatile boolean sessionIsLost;

    @BeforeEach
    void configure() {
        properties.put("server.port", "0");
        properties.put("server.address", "127.0.0.1");
        properties.put("logging.level.root", "error");
        properties.put("spring.main.banner-mode", "off");
        properties.put("sluice.secret", "a secret of the tests, long enough");
        properties.put("sluice.rooms.sale.capacity", "0");
        properties.put("sluice.rooms.sale.patience", "2m");
        properties.put("sluice.limits.tight.rate", "1/1h");
        String routes = "spring.cloud.gateway.server.webflux.routes";
        for (int i = 0; i < 2; i++) {
            properties.put(routes + "[" + i + "].id", "route-" + i);
            properties.put(routes + "[" + i + "].uri", upstream.uri().toString());
        }
        properties.put(routes + "[0].predicates[0]", "Path=/orders/**");
        properties.put(routes + "[0].filters[0]", "WaitingRoom=sale");
        properties.put(routes + "[1].predicates[0]", "Path=/limited/**");
        properties.put(routes + "[1].filters[0]", "RateLimited=tight");
    }

    @AfterEach
    void close() {
        browser.close();
        if (gateway != null) {
            gateway.close();
        }
        if (redis != null) {
            redis.close();
        }
        upstream.close();
    }

    private WaitingRoom started() {
        gateway = new SpringApplicationBuilder(App.Empty.class)
                .web(WebApplicationType.REACTIVE)
                .properties(properties)
                .initializers(context -> ((GenericApplicationContext) context)
                        .registerBean("login", WebFilter.class, () -> this::askForLogin))
                .run();
        base = "http://127.0.0.1:" + gateway.getEnvironment().getRequiredProperty("local.server.port");
        return gateway.getBean(HttpGate.class).room("sale").room();
    }

    /** Sends whoever has lost the session to the page of the login, as Spring Security does. */
    private Mono<Void> askForLogin(ServerWebExchange exchange, WebFilterChain chain) {
        String path = exchange.getRequest().getPath().value();
        if (!sessionIsLost || path.equals("/favicon.ico")) {
            return chain.filter(exchange);
        }
        ServerHttpResponse answer = exchange.getResponse();
        if (!path.equals(LOGIN)) {
            sentToLogin.add(exchange.getRequest().getURI().toString());
            answer.setStatusCode(HttpStatus.FOUND);
            answer.getHeaders().setLocation(URI.create(LOGIN));
            return answer.setComplete();
        }
        answer.getHeaders().setContentType(MediaType.TEXT_HTML);
        byte[] page = "<h1>Log in</h1>".getBytes(StandardCharsets.UTF_8);
        return answer.writeWith(Mono.just(answer.bufferFactory().wrap(page)));
    }

    private RedisServer startedOnRedis() {
        redis = RedisServer.start();
        properties.put("sluice.backend", "redis");
        properties.put("sluice.redis.uri", redis.uri());
        // Generous, because this machine may be busy.
        properties.put("sluice.redis.timeout", "1s");
        started();
        return redis;
    }

    private WaitingRoom startedWith(int waiting) {
        WaitingRoom room = started();
        for (int i = 0; i < waiting; i++) {
            room.join("visitor-" + i);
        }
        return room;
    }

    private void open() {
        browser.open(base + ASKED_FOR);
    }

    private void awaitState(String state) {
        await().atMost(PATIENT).ignoreExceptions().until(() -> browser.state().equals(state));
    }

    private void awaitPosition(String position) {
        await().atMost(PATIENT)
                .ignoreExceptions()
                .until(() -> browser.part("position").getText().equals(position));
    }

    private void awaitLetIn() {
        await().atMost(PATIENT).until(() -> upstream.calls().contains(CALL));
        await().atMost(PATIENT).ignoreExceptions().until(() -> browser.state().isEmpty());
    }

    @Test
    void showsTheVisitorsPlaceAndHowItMovesAndGoesOnToTheAddressAskedFor() {
        WaitingRoom room = startedWith(3);
        open();
        assertThat(browser.driver().findElement(By.tagName("h1")).getText()).isEqualTo("You are in the queue");
        assertThat(browser.part("position").getText()).isEqualTo("4");
        assertThat(browser.part("eta").getText()).isEqualTo("not known yet");
        assertThat(browser.driver().getTitle()).isEqualTo("4 · You are in the queue");
        assertThat(browser.part("progress").getDomProperty("value")).isEqualTo("0");
        room.configure(1, Room.Mode.OPEN);
        await().atMost(PATIENT)
                .until(() -> Double.parseDouble(
                                String.valueOf(browser.part("progress").getDomProperty("value")))
                        > 0);
        assertThat(upstream.calls()).doesNotContain(CALL);
        room.configure(10, Room.Mode.OPEN);
        awaitLetIn();
        assertThat(browser.driver().getCurrentUrl()).isEqualTo(base + ASKED_FOR);
        assertThat(upstream.calls()).containsOnlyOnce(CALL);
    }

    @Test
    void keepsThePlaceOfAVisitorWhoClosesTheTabAndComesBack() {
        WaitingRoom room = startedWith(1);
        open();
        awaitPosition("2");
        String tab = browser.driver().getWindowHandle();
        browser.driver().switchTo().newWindow(WindowType.TAB);
        String other = browser.driver().getWindowHandle();
        browser.driver().switchTo().window(tab).close();
        browser.driver().switchTo().window(other);
        room.join("somebody who came meanwhile");
        open();
        awaitPosition("2");
        room.configure(10, Room.Mode.OPEN);
        awaitLetIn();
    }

    @Test
    void letsBothTabsOfAVisitorIn() {
        WaitingRoom room = startedWith(1);
        open();
        awaitPosition("2");
        String first = browser.driver().getWindowHandle();
        browser.driver().switchTo().newWindow(WindowType.TAB);
        String second = browser.driver().getWindowHandle();
        open();
        awaitPosition("2");
        room.leave("visitor-0");
        room.configure(1, Room.Mode.OPEN);
        for (String tab : List.of(first, second)) {
            browser.driver().switchTo().window(tab);
            awaitLetIn();
        }
        assertThat(upstream.calls().stream().filter(CALL::equals)).hasSize(2);
    }

    @Test
    void worksWithoutAScript() {
        WaitingRoom room = startedWith(20);
        browser.scripts(false);
        open();
        assertThat(browser.part("position").getText()).isEqualTo("21");
        assertThat(browser.part("progress").isDisplayed()).isFalse();
        room.configure(3, Room.Mode.OPEN);
        await().atMost(PATIENT)
                .ignoreExceptions()
                .until(() -> Integer.parseInt(browser.part("position").getText()) < 20);
        room.configure(30, Room.Mode.OPEN);
        awaitLetIn();
        assertThat(browser.driver().getCurrentUrl()).isEqualTo(base + ASKED_FOR);
    }

    @Test
    void saysSoWhileRedisIsAwayAndGoesOnWhenItIsBack() {
        RedisServer server = startedOnRedis();
        open();
        awaitPosition("1");
        server.freeze();
        awaitState("holding");
        assertThat(browser.visibleNotes()).singleElement().asString().contains("Your place is safe");
        assertThat(browser.part("spoken").getDomProperty("textContent")).contains("Your place is safe");
        server.thaw();
        awaitState("queued");
        assertThat(browser.part("position").getText()).isEqualTo("1");
        letEverybodyIn();
        awaitLetIn();
    }

    @Test
    void reachesTheAddressAskedForAlthoughRedisIsKilledAndComesBackEmpty() {
        RedisServer server = startedOnRedis();
        open();
        awaitPosition("1");
        server.kill();
        awaitState("holding");
        server.restart();
        letEverybodyIn();
        awaitLetIn();
    }

    @Test
    void givesAPlaceToAVisitorWhoComesWhileRedisIsAwayWhenItIsBack() {
        RedisServer server = startedOnRedis();
        server.freeze();
        open();
        assertThat(browser.state()).isEqualTo("holding");
        browser.picture("while-redis-is-away", 1280, 860);
        server.thaw();
        awaitState("queued");
        assertThat(browser.part("position").getText()).isEqualTo("1");
    }

    private void letEverybodyIn() {
        WaitingRoom room = Objects.requireNonNull(gateway)
                .getBean(HttpGate.class)
                .room("sale")
                .room();
        await().atMost(PATIENT).ignoreExceptions().until(() -> {
            room.configure(10, Room.Mode.OPEN);
            return true;
        });
    }

    @Test
    void saysSoWhileThereIsNoConnectionAndGoesOnWhenThereIs() {
        WaitingRoom room = startedWith(1);
        open();
        awaitPosition("2");
        browser.online(false);
        awaitState("offline");
        assertThat(browser.visibleNotes()).singleElement().asString().contains("There is no connection");
        assertThat(browser.part("position").getText()).isEqualTo("2");
        browser.online(true);
        awaitState("queued");
        room.configure(10, Room.Mode.OPEN);
        awaitLetIn();
    }

    @Test
    void goesThroughTheLoginAndBackToItsPlaceIfTheSessionIsLost() {
        startedWith(1);
        open();
        awaitPosition("2");
        sessionIsLost = true;
        await().atMost(PATIENT)
                .until(() -> (base + LOGIN).equals(browser.driver().getCurrentUrl()));
        assertThat(sentToLogin).last().isEqualTo(base + ASKED_FOR);
        sessionIsLost = false;
        open();
        awaitPosition("2");
    }

    @Test
    void asksOnceAMinuteWhileHiddenAndAtOnceWhenLookedAtAgain() {
        browser.beforeEveryPage("""
                window.delays = [];
                const setTimer = window.setTimeout;
                window.setTimeout = (run, millis) => { delays.push(millis); return setTimer(run, millis); };
                window.look = (hidden) => {
                  Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
                  document.dispatchEvent(new Event('visibilitychange'));
                };
                """);
        startedWith(1);
        open();
        awaitPosition("2");
        browser.driver().executeScript("look(true)");
        await().atMost(PATIENT).until(() -> delays().contains(60_000L));
        long polls = polls();
        browser.driver().executeScript("look(false)");
        await().atMost(PATIENT).until(() -> polls() > polls);
    }

    private List<Long> delays() {
        Object delays = browser.driver().executeScript("return delays.map(Math.round)");
        return ((List<?>) Objects.requireNonNull(delays))
                .stream().map(Long.class::cast).toList();
    }

    private long polls() {
        return (Long) Objects.requireNonNull(browser.driver()
                .executeScript("return performance.getEntriesByType('resource')"
                        + ".filter(entry => entry.name.includes('/queue/status')).length"));
    }

    @Test
    void loadsNothingFromOutsideAndBreaksNoneOfItsOwnRules() {
        startedWith(1);
        open();
        awaitPosition("2");
        await().atMost(PATIENT).until(() -> polls() > 0);
        Object addresses = browser.driver()
                .executeScript("return performance.getEntriesByType('resource').map(entry => entry.name)");
        assertThat((List<?>) Objects.requireNonNull(addresses))
                .allSatisfy(address -> assertThat(address).asString().startsWith(base + "/queue/status?ticketId="));
        assertThat(browser.driver().manage().logs().get(LogType.BROWSER))
                .extracting(LogEntry::getMessage)
                .isEmpty();
    }

    @Test
    void warnsInTheConsoleWherePlainHttpMakesTheBrowserDropTheCookie() {
        startedWith(1);
        browser.open(base.replace("127.0.0.1", Browser.HOST) + ASKED_FOR);
        awaitPosition("2");
        assertThat(browser.driver().manage().getCookies()).isEmpty();
        assertThat(browser.driver().manage().logs().get(LogType.BROWSER))
                .extracting(LogEntry::getMessage)
                .singleElement()
                .asString()
                .contains("this page came by plain HTTP");
    }

    @Test
    void tellsScreenReadersPolitelyAndNotAtEveryStep() {
        WaitingRoom room = startedWith(40);
        open();
        await().atMost(PATIENT)
                .until(() -> "Your place in the queue: 41. Estimated wait: not known yet."
                        .equals(browser.part("spoken").getDomProperty("textContent")));
        assertThat(browser.part("spoken").getDomAttribute("aria-live")).isEqualTo("polite");
        room.leave("visitor-0");
        room.configure(1, Room.Mode.OPEN);
        await().atMost(PATIENT).until(() -> !browser.part("position").getText().equals("41"));
        assertThat(browser.part("spoken").getDomProperty("textContent"))
                .as("half a minute has not passed")
                .contains("41");
    }

    @Test
    void speaksKorean() {
        startedWith(1_233);
        browser.reads("ko-KR,ko;q=0.9,en;q=0.8");
        open();
        assertThat(browser.driver().findElement(By.tagName("html")).getDomAttribute("lang"))
                .isEqualTo("ko");
        assertThat(browser.driver().findElement(By.tagName("h1")).getText()).isEqualTo("대기열에서 기다리는 중입니다");
        assertThat(browser.part("position").getText()).isEqualTo("1,234");
        assertThat(browser.part("eta").getText()).isEqualTo("확인 중");
        browser.picture("korean", 1280, 860);
    }

    @Test
    void isAccessibleInEveryStateInLightAndDark() {
        startedWith(1_233);
        open();
        awaitPosition("1,234");
        // A queue that moves, and then does not answer any more, so that each state lasts.
        browser.driver().executeScript("""
                let standing = {state: 'QUEUED', position: 802, etaSeconds: 4000, pollAfterMs: 50};
                window.fetch = () => {
                  const answer = standing;
                  standing = null;
                  return answer ? Promise.resolve({ok: true, json: () => answer}) : new Promise(() => {});
                };
                """);
        awaitPosition("802");
        assertThat(browser.part("eta").getText()).isEqualTo("about 1 h 7 min");
        assertThat(browser.part("progress").getDomProperty("value")).startsWith("0.35");
        for (String colours : Set.of("light", "dark")) {
            browser.prefers(colours);
            for (String state : List.of("queued", "holding", "offline", "ready", "joining", "cookies")) {
                browser.driver().executeScript("""
                        const texts = JSON.parse(document.querySelector('[data-sluice=data]').textContent).texts;
                        document.documentElement.dataset.state = arguments[0];
                        document.querySelector('[data-sluice=title]').textContent =
                            texts['waiting.' + arguments[0] + '.title'] || texts['waiting.title'];
                        """, state);
                assertThat(browser.accessibilityViolations())
                        .as(state + ", " + colours)
                        .isEmpty();
                assertThat(browser.visibleNotes()).hasSize(1);
                browser.picture(state + "-" + colours, 1280, 860);
                browser.picture(state + "-" + colours + "-phone", 390, 844);
                assertThat(browser.state()).isEqualTo(state);
            }
        }
    }

    @Test
    void itsRefusalsAreAccessibleInLightAndDark() {
        started();
        browser.open(base + "/limited/1");
        browser.open(base + "/limited/2");
        assertThat(browser.driver().findElement(By.tagName("h1")).getText()).isEqualTo("Too many requests");
        for (String colours : Set.of("light", "dark")) {
            browser.prefers(colours);
            assertThat(browser.accessibilityViolations()).as(colours).isEmpty();
            browser.picture("refusal-" + colours, 1280, 860);
            browser.picture("refusal-" + colours + "-phone", 390, 844);
        }
    }
}
