package io.sluice.spring;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.expression.EvaluationException;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.BeanReference;
import org.springframework.expression.spel.ast.MethodReference;
import org.springframework.expression.spel.ast.PropertyOrFieldReference;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.support.StandardEvaluationContext;

/**
 * A key in SpEL. Parsing it reports what SpEL itself would report only on evaluation, or silently take for null:
 * variables, functions and beans that do not exist, and variables without their {@code #}.
 */
final class KeyExpression {

    /** The variable that every key may use: the name of the principal who calls, or null. */
    static final String PRINCIPAL = "principal";

    private static final Set<String> ALWAYS_THERE = Set.of("this", "root");

    private final SpelExpression expression;
    private final BeanFactory beans;

    private KeyExpression(SpelExpression expression, BeanFactory beans) {
        this.expression = expression;
        this.beans = beans;
    }

    /**
     * Parses a key.
     *
     * @param variables the names that it may use
     * @throws IllegalArgumentException if it cannot work; the message shows the key
     */
    static KeyExpression parse(String text, Set<String> variables, BeanFactory beans) {
        try {
            return new KeyExpression(Spel.read(text, (node, onRoot) -> check(node, onRoot, variables, beans)), beans);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("cannot use the key \"" + text + "\": " + e.getMessage(), e);
        }
    }

    /** @param onRoot whether the node is evaluated on the root object, which does not exist */
    private static void check(SpelNode node, boolean onRoot, Set<String> variables, BeanFactory beans) {
        String text = node.toStringAST();
        if (node instanceof VariableReference) {
            String variable = text.substring(1);
            if (!variables.contains(variable) && !ALWAYS_THERE.contains(variable)) {
                throw new IllegalArgumentException("there is no " + text + ", but "
                        + String.join(
                                ", ",
                                variables.stream()
                                        .sorted()
                                        .map(name -> "#" + name)
                                        .toList()));
            }
        } else if (node instanceof BeanReference
                && !beans.containsBean(text.substring(1).replace("'", ""))) {
            throw new IllegalArgumentException("there is no bean " + text);
        } else if (onRoot && (node instanceof PropertyOrFieldReference || node instanceof MethodReference)) {
            throw new IllegalArgumentException("a variable begins with #: #" + text);
        }
    }

    /**
     * Returns the key; null if there is none.
     *
     * @throws IllegalStateException if the expression cannot be evaluated with these values
     */
    @Nullable
    String evaluate(Map<String, @Nullable Object> variables) {
        StandardEvaluationContext context = new StandardEvaluationContext();
        context.setBeanResolver(new BeanFactoryResolver(beans));
        variables.forEach(context::setVariable);
        try {
            Object key = expression.getValue(context);
            return key == null || key.toString().isEmpty() ? null : key.toString();
        } catch (EvaluationException e) {
            throw new IllegalStateException(
                    "The key \"" + expression.getExpressionString() + "\" failed: " + e.getMessage(), e);
        }
    }

    @Override
    public String toString() {
        return expression.getExpressionString();
    }
}
