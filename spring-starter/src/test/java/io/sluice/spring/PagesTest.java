package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.Standing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PagesTest {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    private Path folder = Path.of("");

    private static Pages ours() {
        return pages("classpath:/sluice/", "en");
    }

    private static Pages pages(String location, String language) {
        return new Pages(new SluiceProperties.PagesProperties(location, Locale.forLanguageTag(language)), "/queue");
    }

    private Pages own() {
        return pages(folder.toUri().toString(), "en");
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private static GatedCall browser(String acceptLanguage) {
        return FakeCall.ofBrowser("GET", acceptLanguage);
    }

    private static Standing queued(long position, @Nullable Duration eta) {
        return new Standing(Standing.State.QUEUED, position, eta, Duration.ofMillis(700), null, false);
    }

    private static HttpAnswer waiting(Pages pages, String acceptLanguage, Standing standing) {
        return pages.waiting(browser(acceptLanguage), 202, "sale", PATIENCE, "the-ticket", standing);
    }

    private static HttpAnswer refusal(Pages pages, GatedCall call, Problem problem, Duration retryAfter) {
        return pages.refusal(call, problem, "", Map.of(), retryAfter.toNanos());
    }

    private static JsonNode data(HttpAnswer page) {
        Matcher data = Pattern.compile("<script type=\"application/json\" data-sluice=\"data\">(.*?)</script>")
                .matcher(page.body());
        assertThat(data.find()).isTrue();
        return JsonMapper.shared().readTree(data.group(1));
    }

    private static String part(HttpAnswer page, String name) {
        Matcher part = Pattern.compile("data-sluice=\"" + name + "\">([^<]*)<").matcher(page.body());
        assertThat(part.find()).isTrue();
        return part.group(1);
    }

    @Nested
    @DisplayName("the waiting page")
    class Waiting {

        @Test
        void showsWhereTheVisitorStandsBeforeAnyScriptRuns() {
            HttpAnswer page = waiting(ours(), "en", queued(1_234, Duration.ofMinutes(12)));
            assertThat(page.status()).isEqualTo(202);
            assertThat(part(page, "position")).isEqualTo("1,234");
            assertThat(part(page, "eta")).isEqualTo("about 12 min");
            assertThat(page.body()).contains("data-state=\"queued\"");
        }

        @ParameterizedTest
        @CsvSource({
            "PT1S, less than 1 min",
            "PT59.9S, about 1 min",
            "PT61S, about 2 min",
            "PT59M, about 59 min",
            "PT59M1S, about 1 h",
            "PT2H31M, about 2 h 31 min"
        })
        void roundsTheWaitUpToWholeMinutes(Duration eta, String text) {
            assertThat(part(waiting(ours(), "en", queued(5, eta)), "eta")).isEqualTo(text);
        }

        @Test
        void comesBackByItselfWhenTheServerSaysButLeavesTimeToRead() {
            assertThat(waiting(ours(), "en", queued(5, null)).body())
                    .contains("<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>");
            Standing later = new Standing(Standing.State.QUEUED, 900, null, Duration.ofMillis(14_200), null, false);
            HttpAnswer page = waiting(ours(), "en", later);
            assertThat(page.body()).contains("http-equiv=\"refresh\" content=\"15\"");
            assertThat(page.headers()).containsEntry("Retry-After", "15");
        }

        @Test
        void tellsItsScriptWhereAndHowOftenToAsk() {
            JsonNode data = data(waiting(ours(), "en", queued(7, Duration.ofSeconds(90))));
            assertThat(data.get("status").stringValue()).isEqualTo("/queue/status?ticketId=the-ticket");
            assertThat(data.get("hiddenPollMs").intValue()).isEqualTo(60_000);
            assertThat(data.get("standing").get("position").intValue()).isEqualTo(7);
            assertThat(data.get("standing").get("etaSeconds").intValue()).isEqualTo(90);
            assertThat(data.get("standing").get("pollAfterMs").intValue()).isEqualTo(700);
        }

        @Test
        void letsAHiddenTabAskTwiceInARoomsPatience() {
            HttpAnswer page =
                    ours().waiting(browser("en"), 202, "sale", Duration.ofSeconds(30), "the-ticket", queued(7, null));
            assertThat(data(page).get("hiddenPollMs").intValue()).isEqualTo(15_000);
        }

        @Test
        void saysSoWhileTheStoreIsAway() {
            Standing holding = new Standing(Standing.State.QUEUED, 0, null, Duration.ofSeconds(2), null, true);
            HttpAnswer page = waiting(ours(), "en", holding);
            assertThat(page.body()).contains("data-state=\"holding\"");
            assertThat(part(page, "position")).isEqualTo("–");
            HttpAnswer without = ours().waiting(browser("en"), 503, "sale", PATIENCE, null, holding);
            assertThat(without.body()).contains("data-state=\"joining\"");
            assertThat(data(without).get("status").isNull()).isTrue();
        }

        @Test
        void keepsTheGateTokenToItself() {
            Standing ready = new Standing(
                    Standing.State.READY, 0, Duration.ZERO, Duration.ofMillis(500), "the-gate-token", false);
            HttpAnswer page = waiting(ours(), "en", ready);
            assertThat(page.body()).contains("data-state=\"ready\"").doesNotContain("the-gate-token");
        }

        @Test
        void letsNothingUntrustedBecomeMarkup() {
            String hostile = "</script><script>alert(1)</script>\"'&";
            HttpAnswer page =
                    ours().waiting(browser("en"), 202, hostile, PATIENCE, hostile, queued(1, Duration.ofSeconds(1)));
            assertThat(page.body()).doesNotContain("<script>alert");
            assertThat(data(page).get("room").stringValue()).isEqualTo(hostile);
        }

        @Test
        void isSmall() {
            for (String language : new String[] {"en", "ko"}) {
                HttpAnswer page = waiting(ours(), language, queued(123_456, Duration.ofHours(3)));
                assertThat(page.bodyBytes().length).isLessThan(30_000);
            }
        }
    }

    @Nested
    @DisplayName("every page")
    class Every {

        @Test
        void allowsItsOwnStyleAndScriptByTheirHashesAndNothingElse() {
            HttpAnswer page = waiting(ours(), "en", queued(1, null));
            String policy = String.valueOf(page.headers().get("Content-Security-Policy"));
            assertThat(policy)
                    .startsWith("default-src 'none'; style-src 'sha256-")
                    .contains("script-src " + hashOf(page.body(), "<script>", "</script>") + ";")
                    .contains("style-src " + hashOf(page.body(), "<style>", "</style>") + ";")
                    .contains("frame-ancestors 'self'")
                    .doesNotContain("unsafe");
            assertThat(page.body()).doesNotContain("style=\"").doesNotContainPattern(" on[a-z]+=\"");
        }

        @Test
        void isNotStoredNorSniffedNorItsAddressGivenAway() {
            HttpAnswer page = refusal(ours(), browser("ko"), Problem.QUOTA_EXCEEDED, Duration.ofSeconds(3));
            assertThat(page.headers())
                    .containsEntry("Cache-Control", "no-store")
                    .containsEntry("X-Content-Type-Options", "nosniff")
                    .containsEntry("Referrer-Policy", "same-origin")
                    .containsEntry("Content-Language", "ko")
                    .containsEntry("Content-Type", "text/html;charset=utf-8");
            assertThat(page.headers().get("Content-Security-Policy")).contains("script-src 'none'");
        }

        private String hashOf(String body, String start, String end) {
            int from = body.indexOf(start) + start.length();
            String content = body.substring(from, body.indexOf(end, from));
            try {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
                return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Nested
    @DisplayName("a refusal")
    class Refused {

        @Test
        void saysWhenToTryAgain() {
            HttpAnswer page = refusal(ours(), browser("en"), Problem.QUOTA_EXCEEDED, Duration.ofMillis(2_500));
            assertThat(page.status()).isEqualTo(429);
            assertThat(page.headers()).containsEntry("Retry-After", "3");
            assertThat(page.body())
                    .contains("<h1>Too many requests</h1>")
                    .contains("Please try again in 3 sec.")
                    .contains("data-repeatable=\"true\"");
        }

        @Test
        void offersNoLinkWhereTheRequestCannotBeRepeatedByOne() {
            HttpAnswer page =
                    refusal(ours(), FakeCall.ofBrowser("POST", "en"), Problem.REDUCED_CAPACITY, Duration.ofSeconds(90));
            assertThat(page.status()).isEqualTo(503);
            assertThat(page.body()).contains("data-repeatable=\"false\"").contains("in about 2 min");
        }

        @Test
        void hasWordsForEveryProblem() {
            for (Problem problem : Problem.values()) {
                String page = refusal(ours(), browser("ko"), problem, Duration.ofSeconds(1))
                        .body();
                assertThat(page).doesNotContain("{wait}", "{{", "refusal.");
            }
        }
    }

    @Nested
    @DisplayName("the language")
    class Language {

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "ko | ko",
                    "ko-KR,ko;q=0.9,en;q=0.8 | ko",
                    "en;q=0.5, ko;q=0.7 | ko",
                    "en-GB, ko;q=0.7 | en",
                    "fr, ko;q=0.1 | ko",
                    "ko;q=0, en | en",
                    "fr | en",
                    "* | en",
                    "'' | en",
                    "not a language! | en",
                    "- | en",
                    "ko, -- | en",
                    "ko;q=nonsense | en"
                })
        void isTheOneTheReaderLikesBest(String accept, String language) {
            HttpAnswer page = waiting(ours(), accept, queued(1, null));
            assertThat(page.body()).contains("<html lang=\"" + language + "\"");
            assertThat(page.headers()).containsEntry("Content-Language", language);
        }

        @Test
        void isSoughtAtTheBeginningOfAnEndlessHeader() {
            String others = "fr,".repeat(500);
            assertThat(waiting(ours(), "ko," + others, queued(1, null)).body()).contains("<html lang=\"ko\"");
            assertThat(waiting(ours(), others + "ko", queued(1, null)).body()).contains("<html lang=\"en\"");
        }

        @Test
        void isTheConfiguredOneForWhoeverWantsNoneOfThoseThereAre() {
            HttpAnswer page = waiting(pages("classpath:/sluice/", "ko"), "fr", queued(1, null));
            assertThat(page.body()).contains("<html lang=\"ko\"");
        }

        @Test
        void withoutTextsIsRefusedAtStart() {
            assertThatThrownBy(() -> pages("classpath:/sluice/", "fr"))
                    .hasMessage("sluice.pages.language is \"fr\", but there are texts in [en, ko] only."
                            + " Add classpath:/sluice/messages_fr.properties");
        }
    }

    @Nested
    @DisplayName("the user's own files")
    class Own {

        @Test
        void addALanguageOfWhichWhatIsMissingIsEnglish() throws IOException {
            write("messages_fr.properties", "waiting.title=Vous êtes dans la file d'attente");
            String page = waiting(own(), "fr-CA", queued(1_234, null)).body();
            assertThat(page)
                    .contains("lang=\"fr\"")
                    .contains("Vous êtes dans la file d&#39;attente")
                    .contains("Your place");
        }

        @Test
        void changeATextInOneLanguage() throws IOException {
            write("messages_en.properties", "waiting.title=Concert <b>tonight</b>");
            assertThat(waiting(own(), "en", queued(1, null)).body())
                    .contains("<h1 data-sluice=\"title\">Concert &lt;b&gt;tonight&lt;/b&gt;</h1>");
            assertThat(waiting(own(), "ko", queued(1, null)).body()).contains(">대기열에서 기다리는 중입니다</h1>");
        }

        @Test
        void changeColours() throws IOException {
            write("style.css", ":root {\r\n--sluice-accent: #0a7d4b; }");
            HttpAnswer page = waiting(own(), "en", queued(1, null));
            assertThat(page.body()).contains(":root {\n--sluice-accent: #0a7d4b; }");
            assertThat(page.headers().get("Content-Security-Policy"))
                    .isNotEqualTo(
                            waiting(ours(), "en", queued(1, null)).headers().get("Content-Security-Policy"));
        }

        @Test
        void replaceATemplate() throws IOException {
            write("waiting.html", "<html lang=\"{{language}}\"><p>{{ position }} of {{room}}: {{waiting.title}}");
            assertThat(waiting(own(), "en", queued(3, null)).body())
                    .isEqualTo("<html lang=\"en\"><p>3 of sale: You are in the queue");
            assertThat(refusal(own(), browser("en"), Problem.ROOM_CLOSED, Duration.ZERO)
                            .body())
                    .contains("<h1>Closed for now</h1>");
        }

        @Test
        void areRefusedAtStartIfTheirFolderIsMissing() {
            assertThatThrownBy(() -> pages(folder.resolve("mistyped").toUri().toString(), "en"))
                    .hasMessageStartingWith("sluice.pages.location is \"file:")
                    .hasMessageEndingWith("/mistyped/\", but there is no such folder");
        }

        @Test
        void areRefusedAtStartIfTheyNameWhatThereIsNot() throws IOException {
            write("waiting.html", "{{position}} {{placeInQueue}}");
            assertThatThrownBy(() -> own())
                    .hasMessageContaining("waiting.html")
                    .hasMessageContaining("[placeInQueue]")
                    .hasMessageContaining("position");
        }

        @Test
        void areRefusedAtStartIfTheirScriptWouldDifferFromAnswerToAnswer() throws IOException {
            write("waiting.html", "<script>alert({{position}})</script>");
            assertThatThrownBy(() -> own()).hasMessageContaining("[position] inside a <script>");
        }
    }
}
