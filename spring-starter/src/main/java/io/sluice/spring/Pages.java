package io.sluice.spring;

import io.sluice.Standing;
import java.text.NumberFormat;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.DefaultResourceLoader;
import org.springframework.core.io.Resource;
import tools.jackson.databind.json.JsonMapper;

/** The pages that people read: the waiting page, which keeps itself up to date, and plain refusals. */
final class Pages {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String UNKNOWN_FIGURE = "–";
    /** Without scripts the page reloads. This is the time to read it in between. */
    private static final Duration TIME_TO_READ = Duration.ofSeconds(5);
    /** Browsers run the timers of a hidden tab once a minute. */
    private static final Duration HIDDEN_POLL = Duration.ofMinutes(1);

    /** The texts that the script speaks or writes. */
    private static final List<String> SCRIPT_TEXTS = List.of(
            "eta.unknown",
            "eta.seconds",
            "eta.minutes",
            "eta.hours",
            "eta.hours-minutes",
            "waiting.title",
            "waiting.spoken",
            "waiting.holding",
            "waiting.offline",
            "waiting.ready.title",
            "waiting.ready",
            "waiting.cookies.title",
            "waiting.cookies");

    private final Messages messages;
    private final Page waiting;
    private final Page refusal;
    private final String statusPath;

    /**
     * Reads templates, style and texts.
     *
     * @throws IllegalArgumentException if a template names something that does not exist
     */
    Pages(SluiceProperties.PagesProperties properties, String queuePath) {
        String location = properties.folder();
        Resource folder = new DefaultResourceLoader().getResource(location);
        if (folder.isFile() && !folder.exists()) {
            throw new IllegalArgumentException(
                    "sluice.pages.location is \"" + location + "\", but there is no such folder");
        }
        messages = new Messages(location, properties.language());
        waiting = new Page(
                location,
                "waiting.html",
                messages,
                Set.of("language", "state", "title", "room", "position", "eta", "refreshSeconds", "data"));
        refusal = new Page(location, "refusal.html", messages, Set.of("language", "title", "text", "repeatable"));
        statusPath = queuePath + QueueEndpoints.STATUS + "?ticketId=";
    }

    /** Tells whether a page can replace the answer that this call asks for. */
    static boolean canWait(GatedCall call) {
        return isRepeatable(call) && Accept.prefersPage(call.header("Accept"));
    }

    private static boolean isRepeatable(GatedCall call) {
        return call.method().equals("GET") || call.method().equals("HEAD");
    }

    /**
     * Returns a page that takes the visitor on to the requested address when the visitor is called.
     *
     * @param ticket the visitor's ticket; null if the visitor has no place yet, because the store is away
     * @param patience how long the room waits for a silent visitor
     */
    HttpAnswer waiting(
            GatedCall call, int status, String room, Duration patience, @Nullable String ticket, Standing standing) {
        Locale language = messages.languageFor(call.header("Accept-Language"));
        boolean shows = standing.position() > 0;
        String state = stateOf(ticket, standing);
        String title = messages.find(language, "waiting." + state + ".title");
        Map<String, String> values = Map.of(
                "language", language.toLanguageTag(),
                "state", state,
                "title", Page.escape(title == null ? text(language, "waiting.title") : title),
                "room", Page.escape(room),
                "position", shows ? number(language, standing.position()) : UNKNOWN_FIGURE,
                "eta", shows ? Page.escape(eta(language, standing.eta())) : UNKNOWN_FIGURE,
                "refreshSeconds", Long.toString(reloadSeconds(standing, patience)),
                "data", scriptData(call, language, room, patience, ticket, standing));
        return HttpAnswer.html(status, language, waiting.securityPolicy(), waiting.render(language, values))
                .retryAfter(standing.pollAfter().toNanos());
    }

    private static long reloadSeconds(Standing standing, Duration patience) {
        long readingSeconds = Math.max(1, Math.min(TIME_TO_READ.toSeconds(), patience.toSeconds() / 2));
        return Math.max(
                readingSeconds, HttpAnswer.wholeSeconds(standing.pollAfter().toNanos()));
    }

    private String scriptData(
            GatedCall call,
            Locale language,
            String room,
            Duration patience,
            @Nullable String ticket,
            Standing standing) {
        Map<String, @Nullable Object> fields = QueueEndpoints.fields(standing);
        fields.remove("gateToken");
        Map<String, @Nullable String> texts = new LinkedHashMap<>();
        SCRIPT_TEXTS.forEach(key -> texts.put(key, messages.find(language, key)));
        Map<String, @Nullable Object> data = new LinkedHashMap<>();
        data.put("room", room);
        data.put("language", language.toLanguageTag());
        data.put("status", ticket == null ? null : call.basePath() + statusPath + ticket);
        data.put("hiddenPollMs", Math.min(HIDDEN_POLL.toMillis(), patience.toMillis() / 2));
        data.put("standing", fields);
        data.put("texts", texts);
        // Nothing in the data may end the element that contains it.
        return JSON.writeValueAsString(data).replace("<", "\\u003c");
    }

    private static String stateOf(@Nullable String ticket, Standing standing) {
        if (ticket == null) {
            return "joining";
        }
        if (standing.holding()) {
            return "holding";
        }
        return standing.state() == Standing.State.READY ? "ready" : "queued";
    }

    /** Returns a refusal, as a page for people or a document for programs. */
    HttpAnswer refusal(
            GatedCall call, Problem problem, String detail, Map<String, ?> extensions, long retryAfterNanos) {
        HttpAnswer answer = Accept.prefersPage(call.header("Accept"))
                ? refusal(call, problem, retryAfterNanos)
                : HttpAnswer.problem(problem, detail, extensions);
        return retryAfterNanos == 0 ? answer : answer.retryAfter(retryAfterNanos);
    }

    private HttpAnswer refusal(GatedCall call, Problem problem, long retryAfterNanos) {
        Locale language = messages.languageFor(call.header("Accept-Language"));
        String text = refusalText(language, problem, "text")
                .replace("{wait}", span(language, "wait.seconds", Duration.ofNanos(retryAfterNanos)));
        Map<String, String> values = Map.of(
                "language", language.toLanguageTag(),
                "title", Page.escape(refusalText(language, problem, "title")),
                "text", Page.escape(text),
                "repeatable", Boolean.toString(isRepeatable(call)));
        return HttpAnswer.html(problem.status(), language, refusal.securityPolicy(), refusal.render(language, values));
    }

    private String refusalText(Locale language, Problem problem, String part) {
        String own = messages.find(language, "refusal." + problem.shortType() + "." + part);
        return own == null ? text(language, "refusal." + part) : own;
    }

    private String eta(Locale language, @Nullable Duration eta) {
        return eta == null ? text(language, "eta.unknown") : span(language, "eta.seconds", eta);
    }

    /** The script on the page follows the same rule. */
    private String span(Locale language, String shortKey, Duration span) {
        long seconds = Math.max(1, HttpAnswer.wholeSeconds(span.toNanos()));
        if (seconds < 60) {
            return text(language, shortKey).replace("{seconds}", number(language, seconds));
        }
        long minutes = (seconds + 59) / 60;
        String key = minutes < 60 ? "eta.minutes" : minutes % 60 == 0 ? "eta.hours" : "eta.hours-minutes";
        return text(language, key)
                .replace("{hours}", number(language, minutes / 60))
                .replace("{minutes}", number(language, minutes % 60));
    }

    private static String number(Locale language, long figure) {
        return NumberFormat.getIntegerInstance(language).format(figure);
    }

    private String text(Locale language, String key) {
        String text = messages.find(language, key);
        return text == null ? key : text;
    }
}
