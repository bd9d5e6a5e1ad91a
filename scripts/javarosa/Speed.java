import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import org.javarosa.core.model.*;
import org.javarosa.core.model.data.*;
import org.javarosa.core.model.instance.*;
import org.javarosa.core.services.PrototypeManager;
import org.javarosa.core.util.JavaRosaCoreModule;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.parse.XFormParser;
import org.javarosa.xform.util.*;

/**
 * How fast JavaRosa is, beside `crates/forms/examples/beside_javarosa.rs`, which does the same with our engine.
 * Arguments: seconds, the XForm, submissions. Prints `check`: microseconds to read a submission, work everything out and
 * check every rule; and `answer`: microseconds to take an answer away or give it back, with all that depends on it.
 * Means of the best of the rounds, after warming up for as long as it measures.
 */
public class Speed {
    static final InstanceInitializationFactory FRESH = new InstanceInitializationFactory();

    public static void main(String[] args) throws Exception {
        PrototypeManager.registerPrototypes(JavaRosaCoreModule.classNames);
        PrototypeManager.registerPrototypes(CoreModelModule.classNames);
        new XFormsModule().registerModule();
        double seconds = Double.parseDouble(args[0]);
        FormDef def = XFormUtils.getFormFromInputStream(new ByteArrayInputStream(Files.readAllBytes(Path.of(args[1]))));
        def.initialize(true, FRESH);
        TreeElement template = def.getMainInstance().getRoot().deepCopy(true);
        Set<String> asked = new HashSet<>();
        questions(def, asked);
        List<byte[]> submissions = new ArrayList<>();
        for (int i = 2; i < args.length; i++) submissions.add(Files.readAllBytes(Path.of(args[i])));

        double check = Double.MAX_VALUE, answer = Double.MAX_VALUE;
        int valid = 0, changes = 0;
        for (boolean warm : new boolean[] {false, true}) {
            long until = System.nanoTime() + (long) (seconds * 1e9);
            do {
                long started = System.nanoTime();
                valid = 0;
                for (byte[] submission : submissions) {
                    load(def, template, submission);
                    if (def.validate(true) == null) valid++;
                }
                if (warm) check = Math.min(check, (System.nanoTime() - started) / 1e3 / submissions.size());
            } while (System.nanoTime() < until);
            until = System.nanoTime() + (long) (seconds * 1e9);
            do {
                long took = 0;
                changes = 0;
                for (byte[] submission : submissions) {
                    load(def, template, submission);
                    List<TreeReference> refs = new ArrayList<>();
                    answered(def.getMainInstance().getRoot(), asked, refs);
                    long started = System.nanoTime();
                    for (TreeReference ref : refs) {
                        IAnswerData value = def.getMainInstance().resolveReference(ref).getValue();
                        def.setValue(null, ref, true);
                        def.setValue(value, ref, true);
                        changes += 2;
                    }
                    took += System.nanoTime() - started;
                }
                if (warm) answer = Math.min(answer, took / 1e3 / changes);
            } while (System.nanoTime() < until);
        }
        System.out.printf(Locale.ROOT, "check %.2f%nanswer %.3f%nvalid %d%nchanges %d%n", check, answer, valid, changes);
    }

    /** Takes a submission in, as ODK Collect does with a saved form. */
    static void load(FormDef def, TreeElement template, byte[] submission) throws Exception {
        TreeElement saved = XFormParser.restoreDataModel(submission, null).getRoot();
        TreeElement root = template.deepCopy(true);
        root.populate(saved, def);
        def.getMainInstance().setRoot(root);
        def.initialize(false, FRESH);
    }

    /** Paths of what is asked. */
    static void questions(IFormElement element, Set<String> out) {
        if (element instanceof QuestionDef) out.add(((TreeReference) element.getBind().getReference()).genericize().toString(false));
        if (element.getChildren() != null) for (IFormElement child : element.getChildren()) questions(child, out);
    }

    /** Questions with an answer. */
    static void answered(TreeElement element, Set<String> asked, List<TreeReference> out) {
        if (element.getMult() == TreeReference.INDEX_TEMPLATE) return;
        if (element.isLeaf() && element.getValue() != null && asked.contains(element.getRef().genericize().toString(false)))
            out.add(element.getRef());
        for (int i = 0; i < element.getNumChildren(); i++) answered(element.getChildAt(i), asked, out);
    }
}
