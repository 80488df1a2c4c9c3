<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Form\RunActionsForm;
use Drupal\background_agents\Form\RunDecisionForm;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Timeline\Value;
use Drupal\Core\Form\FormBuilderInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The upper part of the page of a run.
 *
 * @internal
 */
final class RunPage {

  use StringTranslationTrait;

  public function __construct(
    private readonly RunBadge $badge,
    private readonly RunFacts $facts,
    private readonly ChangeTable $changeTable,
    private readonly RunData $data,
    private readonly RunTreeList $tree,
    private readonly FormBuilderInterface $formBuilder,
    private readonly DecisionTable $decisionTable,
    private readonly RunNotices $notices,
  ) {}

  /**
   * Builds it.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function header(Run $run): array {
    $manages = $run->access('manage');
    $data = $this->data->read((int) $run->id());
    $completed = $run->getState() === RunState::Completed;
    $reason = $completed ? NULL : $run->getReason();
    return [
      '#theme' => 'background_agents_run_header',
      '#stopped' => $this->notices->stopped($run),
      '#badge' => $this->badge->build($run),
      '#agent' => $run->getAgentLabel(),
      '#reason' => $reason,
      '#message' => $run->getMessage() === NULL ? NULL : Value::text($run->getMessage())['text'],
      '#advice' => $this->notices->advice($run, $reason),
      '#tone' => in_array($run->getState(), [RunState::Failed, RunState::Expired], TRUE) ? 'error' : 'warning',
      '#facts' => $this->facts->list($run),
      '#changes' => $this->changeTable->build($run),
      '#tree' => $this->tree->build($run),
      '#decisions' => $this->decisionTable->build($run),
      '#decision' => $manages ? $this->decision($run) : NULL,
      '#actions' => $manages ? $this->formBuilder->getForm(RunActionsForm::class, $run) : NULL,
      '#details' => $this->details($data),
    ];
  }

  /**
   * Changes whenever the header has to be drawn anew.
   */
  public function version(Run $run): string {
    return substr(hash('sha256', json_encode([
      $run->getState()->value, $run->getWaitingFor(), $run->getReason(), $run->getGeneration(), $run->getAttempt(), $run->getUsage(),
      $this->notices->version($run), $this->changeTable->version($run), $this->decisionTable->version($run), $this->tree->version($run),
    ], JSON_THROW_ON_ERROR)), 0, 16);
  }

  /**
   * The form for the question that the run asks.
   */
  private function decision(Run $run): ?array {
    return $this->asks($run) ? $this->formBuilder->getForm(RunDecisionForm::class, $run) : NULL;
  }

  /**
   * Whether the run waits for a decision.
   */
  public function asks(Run $run): bool {
    return $run->getState() === RunState::Waiting && $run->getWaitingFor() === 'approval';
  }

  /**
   * Input and output.
   */
  private function details(array $data): array {
    $details = [];
    foreach (['input' => $this->t('Input'), 'items' => $this->t('Content items'), 'output' => $this->t('Output')] as $key => $label) {
      $value = $data[$key] instanceof \stdClass ? get_object_vars($data[$key]) : $data[$key];
      if (!Value::isEmpty($value)) {
        $details[] = ['key' => 'run-' . $key, 'label' => $label, 'open' => $key === 'output'] + Value::text($data[$key]);
      }
    }
    return $details;
  }

}
