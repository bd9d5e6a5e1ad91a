import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import org.javarosa.core.model.*;
import org.javarosa.core.model.data.*;
import org.javarosa.core.model.data.helper.Selection;
import org.javarosa.core.model.instance.*;
import org.javarosa.core.reference.*;
import org.javarosa.core.services.PrototypeManager;
import org.javarosa.core.util.JavaRosaCoreModule;
import org.javarosa.form.api.*;
import org.javarosa.model.xform.*;
import org.javarosa.xform.parse.XFormParser;
import org.javarosa.xform.util.XFormUtils;

/**
 * Conducts interviews with JavaRosa and prints what it shows after every step; fixtures/interviews/README.md describes
 * steps and output.
 *
 * Interview.java LIST           each line of LIST: the XForm, the steps, the file to write (tab-separated)
 * Interview.java --bench FORM STEPS ROUNDS   microseconds to answer FORM, and to load and check what came out
 */
public class Interview {
    static final class Wrong extends RuntimeException {
        Wrong(String said) { super(said); }
    }

    final FormDef form;
    final FormEntryController controller;
    /** What was printed last, by path. */
    Map<String, String> shown = new LinkedHashMap<>();

    Interview(Path xform) throws Exception {
        ReferenceManager.instance().reset();
        ReferenceManager.instance().addReferenceFactory(new Beside(xform.toAbsolutePath().getParent()));
        String xml = Files.readString(xform);
        form = XFormUtils.getFormFromInputStream(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
        form.initialize(true, new InstanceInitializationFactory());
        controller = new FormEntryController(new FormEntryModel(form));
    }

    public static void main(String[] args) throws Exception {
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        Locale.setDefault(Locale.ENGLISH);
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        System.setErr(new PrintStream(OutputStream.nullOutputStream()));
        PrototypeManager.registerPrototypes(JavaRosaCoreModule.classNames);
        PrototypeManager.registerPrototypes(CoreModelModule.classNames);
        new XFormsModule().registerModule();
        if (args[0].equals("--bench")) {
            bench(out, Path.of(args[1]), steps(Path.of(args[2])), Integer.parseInt(args[3]));
            return;
        }
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            String[] part = line.split("\t");
            StringBuilder told = new StringBuilder();
            try {
                new Interview(Path.of(part[0])).conduct(steps(Path.of(part[1])), told);
            } catch (Throwable e) {
                told.append("! ").append(words(e)).append('\n');
            }
            Files.writeString(Path.of(part[2]), told);
        }
    }

    static String words(Throwable e) {
        String said = String.valueOf(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
        return said.replaceAll("\\s+", " ").trim();
    }

    static List<String> steps(Path file) throws IOException {
        List<String> steps = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.isBlank() && !line.startsWith("#")) steps.add(line);
        }
        return steps;
    }

    void conduct(List<String> steps, StringBuilder told) throws Exception {
        walk();
        told.append("> start\n");
        changes(told);
        for (String step : steps) {
            String said;
            try {
                said = take(step);
            } catch (Wrong e) {
                said = e.getMessage();
            } catch (Exception e) {
                said = "! " + words(e);
            }
            walk();
            told.append("> ").append(step).append('\t').append(said).append('\n');
            changes(told);
        }
        told.append("= ").append(xml()).append('\n');
    }

    /** Does one step; the verdict. */
    String take(String step) throws Exception {
        String[] word = step.split(" ", 3);
        switch (word[0]) {
            case "set": {
                FormIndex index = find(word[1], FormEntryController.EVENT_QUESTION);
                IAnswerData data = word.length > 2 ? data(index, word[2].replace("\\n", "\n")) : null;
                TreeElement node = form.getMainInstance().resolveReference(index.getReference());
                if (!node.isEnabled()) throw new Wrong("read-only");
                String said = data == null && node.isRequired() ? "required" : "ok";
                if (!form.evaluateConstraint(index.getReference(), data)) said = "constraint";
                // A refused answer is kept all the same, so that later rules see it in both engines.
                controller.saveAnswer(index, data, true);
                return said;
            }
            case "add": {
                FormIndex index = find(word[1], FormEntryController.EVENT_PROMPT_NEW_REPEAT);
                controller.newRepeat(index);
                return "ok";
            }
            case "remove": {
                FormIndex index = find(word[1] + "[" + word[2] + "]", FormEntryController.EVENT_REPEAT);
                if (((GroupDef) form.getChild(index)).getCountReference() != null) throw new Wrong("not asked");
                controller.deleteRepeat(index);
                return "ok";
            }
            case "finish": {
                Map<TreeReference, IAnswerData> before = new LinkedHashMap<>();
                answers(form.getMainInstance().getRoot(), before);
                ValidateOutcome outcome = form.validate(true);
                // Validating draws every list, which takes away answers that are not offered: put back, as above.
                for (Map.Entry<TreeReference, IAnswerData> one : before.entrySet()) {
                    IAnswerData after = form.getMainInstance().resolveReference(one.getKey()).getValue();
                    if (after == null || !text(after).equals(text(one.getValue()))) {
                        form.setValue(one.getValue(), one.getKey(), false);
                    }
                }
                if (outcome == null) return "ok";
                boolean constraint = outcome.outcome == FormEntryController.ANSWER_CONSTRAINT_VIOLATED;
                return (constraint ? "constraint " : "required ") + path(outcome.failedPrompt.getReference());
            }
            default:
                throw new Wrong("unknown step");
        }
    }

    void answers(TreeElement node, Map<TreeReference, IAnswerData> into) {
        for (int i = 0; i < node.getNumChildren(); i++) {
            TreeElement child = node.getChildAt(i);
            if (child.getMult() == TreeReference.INDEX_TEMPLATE) continue;
            if (child.hasChildren()) answers(child, into);
            else if (child.getValue() != null) into.put(child.getRef(), child.getValue());
        }
    }

    /** The index of what an interviewer would be shown under this path. */
    FormIndex find(String path, int event) {
        controller.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        int here;
        while ((here = controller.stepToNextEvent()) != FormEntryController.EVENT_END_OF_FORM) {
            FormIndex index = controller.getModel().getFormIndex();
            if (here != event) continue;
            String at = path(index.getReference());
            // The prompt for one more stands at the position the new instance will have.
            if (event == FormEntryController.EVENT_PROMPT_NEW_REPEAT) at = at.replaceFirst("\\[\\d+\\]$", "");
            if (at.equals(path)) return index;
        }
        throw new Wrong("not asked");
    }

    /** Goes through the form as an interviewer does, which makes the instances a repeat_count asks for. */
    void walk() {
        controller.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        while (controller.stepToNextEvent() != FormEntryController.EVENT_END_OF_FORM) {}
    }

    IAnswerData data(FormIndex index, String text) {
        QuestionDef question = controller.getModel().getQuestionPrompt(index).getQuestion();
        int type = form.getMainInstance().resolveReference(index.getReference()).getDataType();
        try {
            switch (question.getControlType()) {
                case Constants.CONTROL_SELECT_ONE:
                    if (!names(index).contains(text)) throw new Wrong("not offered");
                    return new SelectOneData(new Selection(text));
                case Constants.CONTROL_SELECT_MULTI:
                case Constants.CONTROL_RANK: {
                    List<Selection> picked = new ArrayList<>();
                    for (String name : text.trim().split("\\s+")) {
                        if (!names(index).contains(name)) throw new Wrong("not offered");
                        picked.add(new Selection(name));
                    }
                    return new SelectMultiData(picked);
                }
                default:
                    return AnswerDataFactory.templateByDataType(type).cast(new UncastData(text));
            }
        } catch (IllegalArgumentException e) {
            throw new Wrong("unreadable");
        }
    }

    List<String> names(FormIndex index) {
        List<String> names = new ArrayList<>();
        List<SelectChoice> choices = new FormEntryPrompt(form, index).getSelectChoices();
        if (choices != null) for (SelectChoice choice : choices) names.add(choice.getValue());
        return names;
    }

    /** The choices offered by path. Drawing a list takes away an answer that is not in it; here it is put back. */
    Map<String, String> offered(Set<String> lost) {
        Map<String, String> offered = new HashMap<>();
        controller.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        int event;
        while ((event = controller.stepToNextEvent()) != FormEntryController.EVENT_END_OF_FORM) {
            if (event != FormEntryController.EVENT_QUESTION) continue;
            FormIndex index = controller.getModel().getFormIndex();
            int control = controller.getModel().getQuestionPrompt().getControlType();
            if (control != Constants.CONTROL_SELECT_ONE && control != Constants.CONTROL_SELECT_MULTI
                && control != Constants.CONTROL_RANK) continue;
            TreeElement node = form.getMainInstance().resolveReference(index.getReference());
            IAnswerData before = node.getValue();
            String path = path(index.getReference());
            try {
                offered.put(path, String.join(" ", names(index)));
            } catch (Exception e) {
                offered.put(path, "! " + words(e));
            }
            IAnswerData after = node.getValue();
            if (before != null && (after == null || !text(before).equals(text(after)))) {
                lost.add(path);
                form.setValue(before, index.getReference(), false);
            }
        }
        return offered;
    }

    void changes(StringBuilder told) {
        Set<String> lost = new HashSet<>();
        Map<String, String> offered = offered(lost);
        Map<String, String> now = new LinkedHashMap<>();
        leaves(form.getMainInstance().getRoot(), "", now, offered, lost);
        for (Map.Entry<String, String> line : now.entrySet()) {
            if (!line.getValue().equals(shown.get(line.getKey()))) {
                told.append(line.getKey()).append('\t').append(line.getValue()).append('\n');
            }
        }
        for (String path : shown.keySet()) {
            if (!now.containsKey(path)) told.append(path).append("\tgone\n");
        }
        shown = now;
    }

    void leaves(TreeElement node, String at, Map<String, String> now, Map<String, String> offered, Set<String> lost) {
        for (int i = 0; i < node.getNumChildren(); i++) {
            TreeElement child = node.getChildAt(i);
            if (child.getMult() == TreeReference.INDEX_TEMPLATE || (at.isEmpty() && child.getName().equals("meta"))) continue;
            String path = at + child.getName() + (child.isRepeatable() ? "[" + (child.getMult() + 1) + "]" : "");
            if (child.hasChildren() || child.isRepeatable()) {
                leaves(child, path + "/", now, offered, lost);
            } else {
                now.put(path, line(child, path, offered, lost));
            }
        }
    }

    String line(TreeElement node, String path, Map<String, String> offered, Set<String> lost) {
        if (!node.isRelevant()) return "off\t\t";
        IAnswerData value = node.getValue();
        String state = "on";
        if (node.isRequired()) state += value == null ? " missing" : " required";
        if (!node.isEnabled()) state += " readonly";
        try {
            if (!form.evaluateConstraint(node.getRef(), value)) state += " broken";
        } catch (Exception e) {
            state += " !";
        }
        if (lost.contains(path)) state += " unoffered";
        return state + "\t" + text(value) + "\t" + offered.getOrDefault(path, "");
    }

    static String text(IAnswerData value) {
        return value == null ? "" : value.uncast().getString().replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n");
    }

    String path(TreeReference reference) {
        StringBuilder path = new StringBuilder();
        for (int i = 1; i < reference.size(); i++) {
            if (i > 1) path.append('/');
            path.append(reference.getName(i));
            TreeReference part = reference.getSubReference(i).genericize();
            TreeElement template = form.getMainInstance().getTemplatePath(part);
            if (template != null && template.isRepeatable()) path.append('[').append(reference.getMultiplicity(i) + 1).append(']');
        }
        return path.toString();
    }

    String xml() throws IOException {
        byte[] bytes = new XFormSerializingVisitor().serializeInstance(form.getMainInstance());
        // Ids are drawn anew in every run: of the submission, and of the entities it makes.
        return new String(bytes, StandardCharsets.UTF_8).replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "").replaceAll("\\s*\n\\s*", "");
    }

    static void bench(PrintStream out, Path xform, List<String> steps, int rounds) throws Exception {
        Interview filled = new Interview(xform);
        filled.conduct(steps, new StringBuilder());
        byte[] answers = new XFormSerializingVisitor().serializeInstance(filled.form.getMainInstance());
        Interview blank = new Interview(xform);
        double check = Double.MAX_VALUE;
        double answer = Double.MAX_VALUE;
        String verdict = "";
        // Twenty batches; the first ones warm up. The least is what the code costs.
        for (int batch = 0; batch < 20; batch++) {
            long started = System.nanoTime();
            for (int i = 0; i < rounds; i++) verdict = check(blank.form, answers);
            check = Math.min(check, (System.nanoTime() - started) / 1e3 / rounds);
            started = System.nanoTime();
            List<Object[]> plan = filled.plan();
            started = System.nanoTime();
            for (int i = 0; i < rounds; i++) {
                for (Object[] one : plan) filled.controller.saveAnswer((FormIndex) one[0], (IAnswerData) one[1], true);
            }
            answer = Math.min(answer, (System.nanoTime() - started) / 1e3 / rounds / plan.size());
        }
        out.printf("check_us\t%.1f%nanswer_us\t%.2f%nverdict\t%s%nbytes\t%d%n", check, answer, verdict, answers.length);
    }

    /** Reads a saved instance into a form and checks it, as Collect does when it opens and finalises one. */
    static String check(FormDef form, byte[] answers) throws Exception {
        TreeElement saved = XFormParser.restoreDataModel(answers, null).getRoot();
        TreeElement root = form.getMainInstance().getRoot().deepCopy(true);
        root.populate(saved, form);
        FormInstance instance = form.getMainInstance();
        instance.setRoot(root);
        form.initialize(false, new InstanceInitializationFactory());
        ValidateOutcome outcome = form.validate(true);
        return outcome == null ? "clean" : "broken";
    }

    /** Every question that is answered, with its answer. */
    List<Object[]> plan() {
        List<Object[]> plan = new ArrayList<>();
        controller.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        int event;
        while ((event = controller.stepToNextEvent()) != FormEntryController.EVENT_END_OF_FORM) {
            if (event != FormEntryController.EVENT_QUESTION) continue;
            FormIndex index = controller.getModel().getFormIndex();
            IAnswerData value = form.getMainInstance().resolveReference(index.getReference()).getValue();
            if (value != null) plan.add(new Object[] {index, value});
        }
        return plan;
    }

    /** Finds files that lie beside the form. */
    static final class Beside extends PrefixedRootFactory {
        final Path folder;

        Beside(Path folder) {
            super(new String[] {"file/", "file-csv/", "images/", "audio/", "video/"});
            this.folder = folder;
        }

        @Override
        protected Reference factory(String terminal, String uri) {
            Path file = folder.resolve(terminal);
            return new Reference() {
                public boolean doesBinaryExist() { return Files.exists(file); }
                public InputStream getStream() throws IOException { return Files.newInputStream(file); }
                public String getURI() { return uri; }
                public String getLocalURI() { return file.toString(); }
                public boolean isReadOnly() { return true; }
                public OutputStream getOutputStream() { return null; }
                public void remove() {}
                public Reference[] probeAlternativeReferences() { return new Reference[0]; }
            };
        }
    }
}
