package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CallExpressionTest {

    private static @Nullable String evaluated(String expression) {
        FakeCall call = FakeCall.ofBrowser("GET", "fr-CH").loggedIn("Ann");
        call.cookies().put("tenant", "red");
        return CallExpression.parse(expression).evaluate(new CallExpression.Request(call));
    }

    @ParameterizedTest
    @CsvSource({
        "principal.toLowerCase(), ann",
        "method + ' ' + path, GET /orders",
        "address, 127.0.0.1",
        "header('Accept-Language').toUpperCase(), FR-CH",
        "cookie('tenant') + '/' + principal, red/Ann",
        "query('tenant') ?: principal, Ann",
        "#root.principal, Ann",
        "pathVariable('id') == null ? 'none' : 'some', none"
    })
    void readsTheRequest(String expression, String key) {
        assertThat(evaluated(expression)).isEqualTo(key);
    }

    @Test
    void mayFindNoKey() {
        assertThat(evaluated("header('X-Api-Key')?.trim()")).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "T(java.lang.Runtime).getRuntime()",
                "new java.io.File('/')",
                "@tenants.of(principal)",
                "path = '/other'",
                "#call.path()"
            })
    void canOnlyRead(String expression) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CallExpression.parse(expression))
                .withMessageContaining("a key can only read");
    }

    @Test
    void cannotGetAtClasses() {
        assertThatIllegalStateException()
                .isThrownBy(() -> evaluated("principal.getClass().getName()"))
                .withMessageContaining("principal.getClass()");
    }

    @Test
    void saysWhatThereIs() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CallExpression.parse("user"))
                .withMessage("there is no user, but address, method, path, principal and cookie('…'), header('…'),"
                        + " pathVariable('…'), query('…')");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CallExpression.parse("headers('X-Api-Key')"))
                .withMessageContaining("there is no headers('X-Api-Key')");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CallExpression.parse("#header('X-Api-Key')"))
                .withMessageContaining("there is no function #header('X-Api-Key')");
    }
}
