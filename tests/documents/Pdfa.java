import java.io.FileInputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;

/** Asks veraPDF whether each file named is PDF/A-2b; the exit code counts those that are not. */
public class Pdfa {
    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        int bad = 0;
        for (String file : files) {
            try (var parser = Foundries.defaultInstance().createParser(new FileInputStream(file), PDFAFlavour.PDFA_2_B)) {
                var result = Foundries.defaultInstance()
                        .createValidator(PDFAFlavour.PDFA_2_B, 20, false, false, false).validate(parser);
                System.out.printf("%s: %s, %d checks%n", file, result.isCompliant() ? "PDF/A-2b" : "not PDF/A-2b",
                        result.getTotalAssertions());
                if (!result.isCompliant()) {
                    bad++;
                    result.getTestAssertions().forEach(one -> System.out.println("  " + one.getRuleId().getClause()
                            + " " + one.getLocation().getContext()));
                }
            }
        }
        System.exit(bad);
    }
}
