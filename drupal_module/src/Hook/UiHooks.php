<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Ui\WaitingDraftsCount;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Routing\RouteMatchInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;

/**
 * Templates and help.
 *
 * @internal
 */
final class UiHooks {

  use StringTranslationTrait;

  private const string DOCUMENTATION = 'https://www.drupal.org/project/background_agents';

  /**
   * For editors.
   */
  private const string REVIEWING = 'https://git.drupalcode.org/project/background_agents/-/blob/HEAD/docs/how-to/review-drafts.md';

  /**
   * For site builders.
   */
  private const string BEGINNING = 'https://git.drupalcode.org/project/background_agents/-/blob/HEAD/docs/how-to/begin-with-the-quick-form.md';

  /**
   * For who runs agents over many items.
   */
  private const string BATCHES = 'https://git.drupalcode.org/project/background_agents/-/blob/HEAD/docs/how-to/run-over-existing-content.md';

  /**
   * For who builds an agent in the long form.
   */
  private const string DECIDING = 'https://git.drupalcode.org/project/background_agents/-/blob/HEAD/docs/how-to/decide-what-an-agent-may-do.md';

  /**
   * For who tries an agent.
   */
  private const string TRYING = 'https://git.drupalcode.org/project/background_agents/-/blob/HEAD/docs/how-to/try-an-agent.md';

  public function __construct(
    private readonly WaitingDraftsCount $count,
  ) {}

  /**
   * Implements hook_theme().
   */
  #[Hook('theme')]
  public function theme(): array {
    return self::previews() + self::timeline() + [
      'background_agents_run' => [
        'variables' => [
          'header' => NULL,
          'progress' => NULL,
          'groups' => [],
          'live' => FALSE,
          'earlier' => NULL,
          'later' => NULL,
        ],
      ],
      'background_agents_run_header' => [
        'variables' => [
          'stopped' => NULL,
          'badge' => NULL,
          'agent' => '',
          'reason' => NULL,
          'message' => NULL,
          'advice' => NULL,
          'tone' => 'warning',
          'facts' => [],
          'changes' => NULL,
          'tree' => NULL,
          'decisions' => NULL,
          'decision' => NULL,
          'actions' => NULL,
          'details' => [],
        ],
      ],
    ];
  }

  /**
   * Templates of what a run does.
   */
  private static function timeline(): array {
    return [
      'background_agents_progress' => [
        'variables' => ['sentence' => NULL, 'done' => NULL, 'total' => NULL, 'facts' => []],
      ],
      'background_agents_timeline_group' => [
        'variables' => [
          'key' => '',
          'heading' => NULL,
          'sentence' => NULL,
          'number' => NULL,
          'meta' => [],
          'items' => [],
          'failed' => FALSE,
          'live' => FALSE,
        ],
      ],
    ];
  }

  /**
   * Templates of previews.
   */
  private static function previews(): array {
    return [
      'background_agents_previews' => ['variables' => ['versions' => [], 'note' => NULL]],
      'background_agents_preview_page' => ['render element' => 'page'],
      'background_agents_preview_link' => [
        'variables' => ['label' => '', 'until' => '', 'until_machine' => '', 'hidden' => [], 'url' => ''],
      ],
      'background_agents_preview_refusal' => ['variables' => ['sentence' => '']],
    ];
  }

  private function isOfTestRun(RouteMatchInterface $route_match): bool {
    $change = $route_match->getParameter('background_agents_change');
    return $change instanceof Change && $change->isDryRun();
  }

  /**
   * Implements hook_help().
   *
   * In one place: core refuses a module that answers for a route twice.
   */
  #[Hook('help')]
  public function help(string $route_name, RouteMatchInterface $route_match): array|string|null {
    $text = match ($route_name) {
      'help.page.background_agents' => $this->about(),
      // On a narrow screen the tab of the list and the words of the toolbar are
      // folded away.
      'system.admin', 'system.admin_content' => $this->count->line(),
      'entity.background_agents_agent.collection' => $this->t('An agent is a task, a model and an account to act as. It works in the background and leaves drafts; publishing is left to people. It is started <a href=":triggers">by triggers</a>, by ECA models, by programs, or by hand with "Run".', [':triggers' => $this->url('entity.background_agents_trigger.collection')]),
      'entity.background_agents_trigger.collection' => $this->t('A trigger starts an agent by itself: when content changes, or at its times. What an agent saves does not start it again.'),
      'entity.background_agents_run.collection' => $this->t('Each run is one execution of an agent. Its page shows what the agent was told, what it did, and which drafts it left.'),
      'view.background_agents_drafts.page_1' => $this->t('What agents wrote waits here until a person decides: nothing of it is published yet. You see the drafts of content that you may edit. Open one to see what it changes. <a href=":docs">How to review drafts</a>', [':docs' => self::REVIEWING]),
      'entity.background_agents_change.canonical' => $this->isOfTestRun($route_match)
        ? $this->t('Added words are underlined, removed ones are struck through. The agent was tried here: to let it leave drafts, run it without "Test run", or let a trigger start it.')
        : $this->t('Added words are underlined, removed ones are struck through. You need not take all: uncheck a field, or choose among the changes of a text. Nothing is published before you accept. <a href=":docs">How to review drafts</a>', [':docs' => self::REVIEWING]),
      'background_agents.quick' => $this->t('Answer a few questions, and the agent and all that it needs are made: an account with no more permissions than it needs, what starts it, and who looks at its drafts. Nothing is made before you have seen it below and saved. <a href=":docs">How to begin</a>', [':docs' => self::BEGINNING]),
      'background_agents.batch' => $this->t('Each item has a run of its own. A few are at work at a time, so that what people ask for meanwhile need not wait; the page goes on by itself. <a href=":docs">How to run an agent over existing content</a>', [':docs' => self::BATCHES]),
      'background_agents.batches' => $this->t('A batch runs one agent over many items, one run for each.'),
      'entity.background_agents_agent.add_form', 'entity.background_agents_agent.edit_form' => $this->t('All that an agent is, in one form: its task, its model and limits, what it may do with which content, and the account that it acts as. <a href=":docs">How to decide what an agent may do</a>', [':docs' => self::DECIDING]),
      'entity.background_agents_trigger.add_form', 'entity.background_agents_trigger.edit_form' => $this->t('Choose what starts the agent, and what it is told then. Under "Try it" you see what would have started last week, before anything is saved.'),
      'background_agents.test_agent' => $this->t('See what the agent would do with an item of your choice. Nothing is saved: its drafts are shown, no more. <a href=":docs">How to try an agent</a>', [':docs' => self::TRYING]),
      'background_agents.settings' => $this->t('The agents of this site are run by a program of its own, the sidecar. Here is how the two find each other, and what holds for all agents.'),
      default => preg_match('/^entity\.\w+\.background_agents$/', $route_name) === 1 ? $this->t('What agents have left on this content and what became of it, and the runs that worked on it. An agent that is started here works on this content alone, and leaves a draft.') : NULL,
    };
    return $text === NULL ? NULL : (is_array($text) ? $text : '<p>' . $text . '</p>');
  }

  /**
   * The help page of the module.
   */
  private function about(): array {
    return [
      'about' => ['#markup' => '<h3>' . $this->t('About') . '</h3><p>' . $this->t('The Background Agents module lets AI agents do editorial work: each acts as its own account with its own permissions, can only touch what it was allowed, and leaves drafts for editors. The long work is done outside of PHP by a program called the sidecar.') . '</p><p>' . $this->t('For more information, see the <a href=":docs">online documentation for the Background Agents module</a>.', [':docs' => self::DOCUMENTATION]) . '</p>'],
      'steps' => [
        '#theme' => 'item_list',
        '#list_type' => 'ol',
        '#title' => $this->t('First steps'),
        '#items' => [
          $this->t('Set the secret and the URL of the sidecar in the <a href=":url">settings</a>.', [':url' => $this->url('background_agents.settings')]),
          $this->t('<a href=":url">Add an agent</a>: the form makes its account and role, what starts it, and the workflow for its drafts, or says who has to.', [':url' => $this->url('background_agents.quick')]),
          $this->t('Watch <a href=":url">its first run</a>, and accept the draft that it leaves.', [':url' => $this->url('entity.background_agents_run.collection')]),
          $this->t("Editors who may review drafts find what agents wrote under <em>Content</em>, on the tab <em>Agents' drafts</em>."),
          $this->t('When something does not work, the <a href=":url">status report</a> says what to do.', [':url' => $this->url('system.status')]),
        ],
      ],
    ];
  }

  private function url(string $route): string {
    return Url::fromRoute($route)->toString();
  }

}
