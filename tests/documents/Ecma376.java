import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipFile;
import org.apache.xmlbeans.XmlError;
import org.apache.xmlbeans.XmlObject;
import org.apache.xmlbeans.XmlOptions;
import org.openxmlformats.schemas.wordprocessingml.x2006.main.CommentsDocument;
import org.openxmlformats.schemas.wordprocessingml.x2006.main.DocumentDocument;
import org.openxmlformats.schemas.wordprocessingml.x2006.main.FontsDocument;
import org.openxmlformats.schemas.wordprocessingml.x2006.main.FtrDocument;
import org.openxmlformats.schemas.wordprocessingml.x2006.main.NumberingDocument;
import org.openxmlformats.schemas.wordprocessingml.x2006.main.SettingsDocument;
import org.openxmlformats.schemas.wordprocessingml.x2006.main.StylesDocument;

/** Validates the parts of Word files against the schema of ECMA-376 as Apache POI carries it; the exit code counts bad files. */
public class Ecma376 {
    interface Reader {
        XmlObject read(InputStream in) throws Exception;
    }

    static Reader readerOf(String part) {
        if (part.equals("word/document.xml")) return DocumentDocument.Factory::parse;
        if (part.equals("word/styles.xml")) return StylesDocument.Factory::parse;
        if (part.equals("word/settings.xml")) return SettingsDocument.Factory::parse;
        if (part.equals("word/fontTable.xml")) return FontsDocument.Factory::parse;
        if (part.equals("word/numbering.xml")) return NumberingDocument.Factory::parse;
        if (part.equals("word/comments.xml")) return CommentsDocument.Factory::parse;
        if (part.startsWith("word/footer")) return FtrDocument.Factory::parse;
        return null;
    }

    /** What readers of the standard pass over by its part 3: extensions that the file marks as such. */
    static boolean isExtension(XmlError error) {
        return error.getMessage().contains("markup-compatibility") || error.getMessage().contains("schemas.microsoft.com");
    }

    public static void main(String[] files) throws Exception {
        int bad = 0;
        for (String file : files) {
            List<String> found = new ArrayList<>();
            int parts = 0;
            try (ZipFile zip = new ZipFile(file)) {
                for (var entry : java.util.Collections.list(zip.entries())) {
                    Reader reader = readerOf(entry.getName());
                    if (reader == null) continue;
                    parts++;
                    List<XmlError> errors = new ArrayList<>();
                    XmlOptions options = new XmlOptions();
                    options.setErrorListener(errors);
                    reader.read(zip.getInputStream(entry)).validate(options);
                    errors.removeIf(Ecma376::isExtension);
                    errors.forEach(error -> found.add(entry.getName() + ": " + error.getMessage()));
                }
            }
            System.out.printf("%s: %d parts, %s%n", file, parts, found.isEmpty() ? "ECMA-376" : found.size() + " faults");
            found.stream().distinct().limit(20).forEach(one -> System.out.println("  " + one));
            if (!found.isEmpty()) bad++;
        }
        System.exit(bad);
    }
}
