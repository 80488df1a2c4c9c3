<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Dispatch\Via;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunStore;
use Drupal\Component\Render\PlainTextOutput;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityRepositoryInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;

/**
 * Facts about a run, each a label and a value.
 *
 * @internal
 */
final class RunFacts {

  use StringTranslationTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EntityRepositoryInterface $entityRepository,
    private readonly DateFormatterInterface $dateFormatter,
    private readonly AgentAccounts $accounts,
    private readonly RunStore $runStore,
    private readonly ReasonText $reasonText,
    private readonly VersionFact $version,
  ) {}

  /**
   * The facts.
   *
   * @return array<int, array{label: mixed, value: array<string, mixed>}>
   *   Values are render arrays.
   */
  public function list(Run $run): array {
    $usage = $run->getUsage();
    $agent = $run->getAgent();
    $facts = [
      [$this->t('Agent'), $this->link($agent, $run->getAgentLabel(), 'edit-form')],
      [$this->t('Definition'), $this->version->build($run)],
      [$this->t('Started by'), $this->trigger($run)],
      [$this->t('About'), $this->target($run)],
      [$this->t('Asked for by'), $this->requester($run)],
      [
        $this->t('Asked by means of'),
        $this->text(PlainTextOutput::renderFromHtml($this->reasonText->means(Via::of($run)))),
      ],
      [$this->t('Acts as'), $this->account($run)],
      [$this->t('Started by run'), $this->parent($run)],
      [$this->t('Batch'), $this->batch($run)],
      [$this->t('Priority'), $this->text($run->getPriority() === 0 ? '' : sprintf('%+d', $run->getPriority()))],
      ...$this->times($run),
      [$this->t('Model requests'), $this->text((string) $usage['steps'])],
      [$this->t('Tool calls'), $this->text((string) $usage['tool_calls'])],
      [
        $this->t('Tokens'),
        $this->text((string) $this->t('@in in, @out out', [
          '@in' => number_format($usage['input_tokens']),
          '@out' => number_format($usage['output_tokens']),
        ])),
      ],
      [
        $this->t('Cost'),
        $this->text($usage['cost_micros'] > 0 ? (string) $this->t('@amount US dollars', ['@amount' => number_format($usage['cost_micros'] / 1000000, 4)]) : ''),
      ],
      [$this->t('Attempts'), $this->attempts($run)],
      [$this->t('UUID'), ['#type' => 'html_tag', '#tag' => 'code', '#value' => $run->uuid()]],
    ];
    $facts = array_filter($facts, static fn (array $fact): bool => ($fact[1]['#plain_text'] ?? '?') !== '');
    return array_values(array_map(static fn (array $fact): array => ['label' => $fact[0], 'value' => $fact[1]], $facts));
  }

  private function attempts(Run $run): array {
    return $this->text($run->getAttempt() > 1 || $run->getGeneration() > 1 ? (string) $this->t('@attempt, retried @times times', [
      '@attempt' => $run->getAttempt(),
      '@times' => $run->getGeneration() - 1,
    ]) : '');
  }

  private function text(string $text): array {
    return ['#plain_text' => $text];
  }

  /**
   * A link to an entity for those who may follow it; else its label.
   */
  private function link(?EntityInterface $entity, string $label, string $rel = 'canonical'): array {
    if ($entity === NULL || !$entity->hasLinkTemplate($rel) || !$entity->toUrl($rel)->access()) {
      return $this->text($label);
    }
    return $entity->toLink($label, $rel)->toRenderable();
  }

  private function trigger(Run $run): array {
    $type = (string) $this->reasonText->trigger($run->getTriggerType());
    $id = $run->getTriggerId();
    if ($id === NULL) {
      return $this->text($type);
    }
    $kind = $run->getTriggerType() === 'eca' ? 'eca' : 'background_agents_trigger';
    $entity = $this->entityTypeManager->hasDefinition($kind) ? $this->entityTypeManager->getStorage($kind)->load($id) : NULL;
    $name = (string) $entity?->label();
    // ECA's word for a model without a label, such as one made by code.
    $name = $name === '' || ($kind === 'eca' && $name === 'undefined') ? $id : $name;
    $label = PlainTextOutput::renderFromHtml($this->t('@type: @name', ['@type' => $type, '@name' => $name]));
    return $this->link($entity, $label, 'edit-form');
  }

  private function target(Run $run): array {
    $target = $run->getTarget();
    if ($target === NULL) {
      return $this->text('');
    }
    $label = $target['label'] ?? $target['uuid'];
    $entity = $this->entityTypeManager->hasDefinition($target['entity_type']) ? $this->entityRepository->loadEntityByUuid($target['entity_type'], $target['uuid']) : NULL;
    return $this->link($entity, $label);
  }

  private function requester(Run $run): array {
    if ($run->getRequesterId() === NULL) {
      return $this->text((string) $this->t('nobody (automatic)'));
    }
    $requester = $run->getRequester();
    return $requester === NULL ? $this->text((string) $this->t('a deleted account')) : $this->link($requester, (string) $requester->getDisplayName());
  }

  private function account(Run $run): array {
    if ($run->getAccountUuid() === '') {
      // It never was to act, such as one that was cancelled with its batch.
      return $this->text('');
    }
    $account = $this->accounts->load($run->getAccountUuid());
    return $account === NULL ? $this->text((string) $this->t('a deleted account')) : $this->link($account, (string) $account->getDisplayName());
  }

  private function parent(Run $run): array {
    $parent = $run->getParentUuid() === NULL ? NULL : $this->runStore->byUuid($run->getParentUuid());
    return $parent === NULL ? $this->text('') : $this->link($parent, $parent->getAgentLabel());
  }

  private function times(Run $run): array {
    return [
      [$this->t('Dispatched'), $this->text($this->time($run->getCreatedTime()))],
      [$this->t('Started'), $this->text($this->time($run->getStartedTime()))],
      [$this->t('Ended'), $this->text($this->time($run->getFinishedTime()))],
      [$this->t('Took'), $this->text($this->took($run))],
    ];
  }

  private function batch(Run $run): array {
    $batch = $run->get('batch')->value;
    $url = $batch === NULL ? NULL : Url::fromRoute('background_agents.batch', ['batch' => $batch]);
    return $url?->access() ? [
      '#type' => 'link',
      '#title' => $this->t('Batch @number', ['@number' => $batch]),
      '#url' => $url,
    ] : $this->text('');
  }

  private function time(?int $time): string {
    return $time === NULL ? '' : $this->dateFormatter->format($time, 'custom', 'Y-m-d H:i:s');
  }

  private function took(Run $run): string {
    $end = $run->getFinishedTime();
    return $end === NULL || $run->getStartedTime() === NULL ? '' : (string) $this->dateFormatter->formatInterval(max(1, $end - $run->getStartedTime()), 2);
  }

}
