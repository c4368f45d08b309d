package io.sluice.spring;

import org.springframework.expression.ParseException;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.CompoundExpression;
import org.springframework.expression.spel.ast.FunctionReference;
import org.springframework.expression.spel.ast.Projection;
import org.springframework.expression.spel.ast.Selection;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;

/** Parses expressions in SpEL, and checks each part before it is ever evaluated. */
final class Spel {

    private static final SpelExpressionParser PARSER = new SpelExpressionParser();

    private Spel() {}

    /** Checks a part of an expression. */
    @FunctionalInterface
    interface Check {

        /**
         * Refuses what cannot work.
         *
         * @param onRoot whether the part is evaluated on the root object rather than on what precedes it
         * @throws IllegalArgumentException if it cannot; the message says why
         */
        void check(SpelNode node, boolean onRoot);
    }

    /**
     * Parses an expression.
     *
     * @throws IllegalArgumentException if it cannot work; the message says why
     */
    static SpelExpression read(String text, Check check) {
        try {
            SpelExpression expression = PARSER.parseRaw(text);
            walk(expression.getAST(), true, check);
            return expression;
        } catch (ParseException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static void walk(SpelNode node, boolean onRoot, Check check) {
        if (node instanceof FunctionReference) {
            throw new IllegalArgumentException(
                    "there is no function " + node.toStringAST() + ", but methods: #variable.method(…)");
        }
        check.check(node, onRoot);
        boolean onElements = node instanceof Projection || node instanceof Selection;
        for (int i = 0; i < node.getChildCount(); i++) {
            boolean onPrevious = node instanceof CompoundExpression && i > 0;
            walk(node.getChild(i), !onElements && !onPrevious, check);
        }
    }
}
