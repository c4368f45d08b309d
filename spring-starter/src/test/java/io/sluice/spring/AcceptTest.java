package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AcceptTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/html",
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                "application/json;q=0.5, text/html;q=0.6",
                "text/*, application/json;q=0.2"
            })
    void whoPrefersHtmlGetsThePage(String header) {
        assertThat(Accept.prefersPage(header)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*/*",
                "application/json",
                "application/json, text/html",
                "text/html;q=0, */*",
                "text/html;q=0.1, application/problem+json",
                "",
                "garbage",
                "text/html;q=nonsense"
            })
    void whoDoesNotPreferHtmlGetsJson(String header) {
        assertThat(Accept.prefersPage(header)).isFalse();
    }

    @Test
    void whoDoesNotSayGetsJson() {
        assertThat(Accept.prefersPage(null)).isFalse();
    }

    @Test
    void whatBrowsersWouldNotSendIsReadInPart() {
        String others = "application/xml;q=0.9,".repeat(30);
        assertThat(Accept.prefersPage("text/html," + others)).isTrue();
        assertThat(Accept.prefersPage(others + "text/html")).isFalse();
        assertThat(Accept.prefersPage("text/html;level=" + "1".repeat(500))).isFalse();
    }
}
