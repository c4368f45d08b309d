package io.sluice.spring;

import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.expression.EvaluationException;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.Assign;
import org.springframework.expression.spel.ast.BeanReference;
import org.springframework.expression.spel.ast.ConstructorReference;
import org.springframework.expression.spel.ast.MethodReference;
import org.springframework.expression.spel.ast.OpDec;
import org.springframework.expression.spel.ast.OpInc;
import org.springframework.expression.spel.ast.PropertyOrFieldReference;
import org.springframework.expression.spel.ast.TypeReference;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.support.SimpleEvaluationContext;

/**
 * A key in SpEL from the configuration. It is evaluated on a {@link Request} and can only read. Parsing it fails if it
 * names something that does not exist.
 */
final class CallExpression {

    private static final Set<String> PROPERTIES = Set.of("method", "path", "principal", "address");
    private static final Set<String> METHODS = Set.of("header", "cookie", "query", "pathVariable");
    private static final Set<String> VARIABLES = Set.of("#this", "#root");
    private static final SimpleEvaluationContext CONTEXT = SimpleEvaluationContext.forReadOnlyDataBinding()
            .withInstanceMethods()
            .build();

    private final SpelExpression expression;

    private CallExpression(SpelExpression expression) {
        this.expression = expression;
    }

    /**
     * Parses an expression.
     *
     * @throws IllegalArgumentException if it cannot work; the message says why
     */
    static CallExpression parse(String text) {
        return new CallExpression(Spel.read(text, CallExpression::check));
    }

    /** @param onRequest whether the node is evaluated on the request rather than on what precedes it */
    private static void check(SpelNode node, boolean onRequest) {
        String text = node.toStringAST();
        if (isMoreThanReading(node)) {
            throw new IllegalArgumentException("a key can only read, but " + text + " does more");
        }
        if (onRequest && node instanceof PropertyOrFieldReference && !PROPERTIES.contains(text)) {
            throw unknown(text);
        }
        if (onRequest && node instanceof MethodReference && !METHODS.contains(text.substring(0, text.indexOf('(')))) {
            throw unknown(text);
        }
    }

    private static boolean isMoreThanReading(SpelNode node) {
        return node instanceof Assign
                || node instanceof OpInc
                || node instanceof OpDec
                || node instanceof TypeReference
                || node instanceof ConstructorReference
                || node instanceof BeanReference
                || (node instanceof VariableReference && !VARIABLES.contains(node.toStringAST()));
    }

    private static IllegalArgumentException unknown(String text) {
        return new IllegalArgumentException(
                "there is no " + text + ", but " + String.join(", ", new TreeSet<>(PROPERTIES)) + " and "
                        + String.join("('…'), ", new TreeSet<>(METHODS)) + "('…')");
    }

    /**
     * Returns the key; null if there is none.
     *
     * @throws IllegalStateException if the expression cannot be evaluated on this request
     */
    @Nullable
    String evaluate(Request request) {
        try {
            Object key = expression.getValue(CONTEXT, request);
            return key == null ? null : key.toString();
        } catch (EvaluationException e) {
            throw new IllegalStateException(
                    "The key \"" + expression.getExpressionString() + "\" failed: " + e.getMessage(), e);
        }
    }

    /** What a key can read: {@code principal}, {@code header('X-Api-Key')} and so on. */
    static final class Request {

        private final HttpCall call;

        Request(HttpCall call) {
            this.call = call;
        }

        /** Returns the method, such as {@code GET}. */
        public String getMethod() {
            return call.method();
        }

        /** Returns the path without the query. */
        public String getPath() {
            return call.path();
        }

        /** Returns the name of the principal; null if there is none. */
        public @Nullable String getPrincipal() {
            return call.principal();
        }

        /** Returns the client's address. */
        public String getAddress() {
            return call.clientAddress();
        }

        /** Returns the value of a header; null if there is none, or several different ones. */
        public @Nullable String header(String name) {
            return OneValue.of(call.headers(name));
        }

        /** Returns a cookie; null if there is none, or several different ones. */
        public @Nullable String cookie(String name) {
            return call.cookie(name);
        }

        /** Returns the value of a query parameter; null if there is none, or several different ones. */
        public @Nullable String query(String name) {
            return call.query(name);
        }

        /** Returns a variable of the path of the route, the controller or the filter; null if there is none. */
        public @Nullable String pathVariable(String name) {
            return call.pathVariable(name);
        }
    }
}
