package io.sluice.spring;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** House rules of the starter. */
@AnalyzeClasses(packages = "io.sluice.spring", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule onlyWhatUsersNameIsPublic = classes()
            .that()
            .areTopLevelClasses()
            .and()
            .arePublic()
            .should()
            .haveNameMatching(".*\\.(HttpCall|KeyResolver|SluiceProperties|SluiceAutoConfiguration"
                    + "|RateLimited|WaitingRoomRequired|Guarded|ReleasesPlace|RefusedException"
                    + "|RateLimitedGatewayFilterFactory|WaitingRoomGatewayFilterFactory|GuardGatewayFilterFactory"
                    + "|MvcGatewayFilters)");

    /** One policy, thin adapters: what decides must serve every web stack. */
    @ArchTest
    static final ArchRule policyKnowsNoWebStack = noClasses()
            .that()
            .haveNameMatching(
                    ".*\\.(Gate|HttpGate|HttpSettings|LiveSettings|LimitGate|RoomGate|RoomAnswers|GuardGate|PathGates|Passage|Charges|QueueEndpoints|HttpAnswer|Visitor|Visitors|Accept|Pages|Page|Messages|Template)")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "reactor..",
                    "jakarta.servlet..",
                    "org.springframework.cloud..",
                    "org.springframework.web.server..",
                    "org.springframework.web.reactive..",
                    "org.springframework.web.servlet..");
}
