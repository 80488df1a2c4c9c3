<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Form\RunDecisionForm;
use Drupal\background_agents\Report\EventStore;
use Drupal\background_agents\Report\WatchedRuns;
use Drupal\background_agents\Timeline\TimelineView;
use Drupal\background_agents\Ui\ChangeTable;
use Drupal\background_agents\Ui\ProgressLine;
use Drupal\background_agents\Ui\RunPage;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\Messenger\MessengerInterface;
use Drupal\Core\Render\RendererInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;
use Symfony\Component\HttpFoundation\JsonResponse;
use Symfony\Component\HttpFoundation\Request;

/**
 * The page of a run, and what is new on it.
 *
 * @internal
 */
final class RunPageController implements ContainerInjectionInterface {

  use AutowireTrait;
  use StringTranslationTrait;

  /**
   * Events on one page. More are a click away.
   */
  private const int PAGE = 1000;

  /**
   * Events in one answer to a live page.
   */
  private const int BATCH = 200;

  public function __construct(
    private readonly EventStore $events,
    private readonly TimelineView $timeline,
    private readonly RunPage $runPage,
    private readonly ChangeTable $changeTable,
    private readonly RendererInterface $renderer,
    private readonly MessengerInterface $messenger,
    private readonly WatchedRuns $watched,
    private readonly ProgressLine $progress,
  ) {}

  /**
   * The title: agent and what it was about.
   */
  public function title(Run $background_agents_run): TranslatableMarkup {
    $run = $background_agents_run;
    $label = $run->getTarget()['label'] ?? NULL;
    return $label === NULL
      ? $this->t('Run of @agent', ['@agent' => $run->getAgentLabel()])
      : $this->t('Run of @agent: @label', ['@agent' => $run->getAgentLabel(), '@label' => $label]);
  }

  /**
   * The page.
   *
   * Shows the newest PAGE events, or those after the event in the query
   * parameter "after".
   */
  public function page(Run $background_agents_run, Request $request): array {
    $run = $background_agents_run;
    $this->tellWhatCameTooLate($run, (string) $request->request->get('form_id', ''));
    $last = $run->getLastSeq();
    $after = $request->query->has('after') ? max(0, $request->query->getInt('after')) : max(0, $last - self::PAGE);
    $live = !$run->isFinal();
    $events = $this->events->after((int) $run->id(), $after, self::PAGE);
    $groups = $this->timeline->groups($events, $live, $this->changeTable->links($run));
    $shown = $events === [] ? $after : (int) end($events)['seq'];
    $follows = $live && $shown >= $last;
    return [
      '#theme' => 'background_agents_run',
      '#progress' => $this->progress->build($this->progress->report($run)),
      '#header' => $this->runPage->header($run),
      '#groups' => array_column($groups, 'build'),
      '#live' => $live,
      '#earlier' => $after > 0 ? $this->url($run, 0) : NULL,
      '#later' => $shown < $last ? $this->url($run, $shown) : NULL,
      '#cache' => ['max-age' => 0],
      '#attached' => [
        // A header that comes later may hold what this one does not.
        'library' => ['background_agents/run', 'core/drupal.dropbutton'],
        'drupalSettings' => !$follows ? [] : [
          'backgroundAgentsRun' => [
            'url' => Url::fromRoute('background_agents.run_live', ['background_agents_run' => $run->id()])->toString(),
            'last' => $shown,
            'group' => self::lastGroup($groups, $shown),
            'version' => $this->runPage->version($run),
          ],
        ],
      ],
    ];
  }

  /**
   * What is new since an event, as HTML that the page puts in its place.
   *
   * Query parameters: after (last event shown), group (first event of the last
   * group shown: it may have grown), version (of the header).
   */
  public function live(Run $background_agents_run, Request $request): JsonResponse {
    $run = $background_agents_run;
    $after = max(0, $request->query->getInt('after'));
    $group = max(0, $request->query->getInt('group'));
    $live = !$run->isFinal();
    if ($live) {
      $this->watched->note((string) $run->uuid());
    }
    $version = $this->runPage->version($run);
    $changed = $version !== (string) $request->query->get('version', '');
    // Groups as a whole only: begin with the first event of the last one.
    $from = $group > 0 ? min($after, $group - 1) : $after;
    $events = $run->getLastSeq() > $after || $changed ? $this->events->after((int) $run->id(), $from, $after - $from + self::BATCH) : [];
    $last = $events === [] ? $after : max($after, (int) end($events)['seq']);
    $groups = $events === [] ? [] : $this->timeline->groups($events, $live, $this->changeTable->links($run));
    $report = $this->progress->report($run);
    $progress = $this->progress->build($report);
    $answer = [
      'live' => $live,
      'last' => $last,
      'more' => $last < $run->getLastSeq(),
      'group' => $groups === [] ? $group : self::lastGroup($groups, $last),
      'version' => $version,
      'groups' => array_map(fn (array $one): array => ['key' => $one['key'], 'html' => $this->html($one['build'])], $groups),
      'header' => $changed ? $this->html($this->runPage->header($run)) : NULL,
      'progress' => $progress === NULL ? '' : $this->html($progress),
      'announce' => $this->progress->announcement($run, $last > $after ? $last - $after : 0, $changed, $report),
    ];
    return new JsonResponse($answer, 200, ['Cache-Control' => 'no-store']);
  }

  /**
   * Says that a decision was not handed on: its question is gone.
   */
  private function tellWhatCameTooLate(Run $run, string $form_id): void {
    if ($form_id === RunDecisionForm::ID && !$this->runPage->asks($run)) {
      $this->messenger->addError($this->t('The run does not wait for a decision any more: it was decided, or has ended. Yours was not handed on.'));
    }
  }

  /**
   * First event of the last group.
   */
  private static function lastGroup(array $groups, int $default): int {
    return $groups === [] ? $default : (int) end($groups)['first'];
  }

  private function url(Run $run, int $after): string {
    return $run->toUrl('canonical', ['query' => ['after' => $after]])->toString();
  }

  private function html(array $build): string {
    // A root render: only that puts the tokens of forms in their places.
    return (string) $this->renderer->renderInIsolation($build);
  }

}
