<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Batch\Batch;
use Drupal\background_agents\Batch\BatchItem;
use Drupal\background_agents\Batch\BatchState;
use Drupal\background_agents\Batch\BatchTally;
use Drupal\background_agents\Batch\ItemDispatch;
use Drupal\background_agents\Batch\ItemState;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\user\UserInterface;

/**
 * What is said of a batch in words.
 *
 * @internal
 */
final class BatchText {

  use StringTranslationTrait;

  public function __construct(
    private readonly ReasonText $reasonText,
  ) {}

  /**
   * How far it is, in one sentence.
   */
  public function progress(BatchTally $tally): string {
    $done = $this->t('@settled of @items done', ['@settled' => $tally->settled(), '@items' => $tally->items]);
    $parts = array_filter([
      $tally->failed() > 0 ? $this->t('@count failed', ['@count' => $tally->failed()]) : NULL,
      $tally->cancelled + $tally->in('cancelled') > 0 ? $this->t('@count cancelled', ['@count' => $tally->cancelled + $tally->in('cancelled')]) : NULL,
      $tally->refused > 0 ? $this->t('@count left out', ['@count' => $tally->refused]) : NULL,
      $tally->open() > 0 ? $this->t('@count at work', ['@count' => $tally->open()]) : NULL,
      $tally->waiting > 0 ? $this->t('@count waiting', ['@count' => $tally->waiting]) : NULL,
    ]);
    return implode(', ', [(string) $done, ...array_map(strval(...), array_values($parts))]);
  }

  /**
   * The name of a batch.
   */
  public function title(Batch $batch): TranslatableMarkup {
    return $this->formatPlural($batch->items, 'Batch @number: @agent over 1 item', 'Batch @number: @agent over @count items', [
      '@number' => $batch->id,
      '@agent' => $batch->agentLabel,
    ]);
  }

  /**
   * Who asked for a batch, and by which means; NULL: the account was deleted.
   */
  public function startedBy(Batch $batch, ?UserInterface $person): string|\Stringable {
    $name = $person === NULL ? $this->t('a deleted account') : $person->getDisplayName();
    $means = $this->reasonText->means($batch->via);
    return (string) $means === '' ? $name : $this->t('@name, by @means', ['@name' => $name, '@means' => $means]);
  }

  /**
   * The state of a batch.
   */
  public function state(BatchState $state): TranslatableMarkup {
    return match ($state) {
      BatchState::Running => $this->t('Running'),
      BatchState::Paused => $this->t('Paused'),
      BatchState::Done => $this->t('Done'),
    };
  }

  /**
   * Why a paused batch is paused.
   */
  public function why(Batch $batch): TranslatableMarkup {
    return $batch->reason === NULL
      ? $this->t('Somebody has paused it: no more runs begin until it is resumed.')
      : $this->t('The site has paused it: @why When that is settled, resume it.', ['@why' => (string) $batch->message]);
  }

  /**
   * The state of an item that has no run at work.
   */
  public function item(BatchItem $item): TranslatableMarkup {
    return match ($item->state) {
      ItemState::Waiting => $this->t('Not begun'),
      ItemState::Again => $this->t('Waiting for its retry'),
      ItemState::Started => $this->t('Its run is no longer kept'),
      ItemState::Cancelled => $item->reason === Batch::REQUESTER_LOST ? $this->t('Cancelled: the account that asked for it was deleted') : $this->t('Cancelled'),
      ItemState::Refused => match ($item->reason) {
        ItemDispatch::GONE => $this->t('Left out: it was deleted'),
        ItemDispatch::ACCESS => $this->t('Left out: who asked for it may not see it any more'),
        default => $this->t('Left out: the agent may not work on it any more'),
      },
    };
  }

  /**
   * What was spent: money, or tokens where their price is not known.
   */
  public function spent(float $micros, float $tokens): TranslatableMarkup {
    return $micros > 0 || $tokens <= 0 ? $this->money($micros) : $this->t('@count tokens; their price is not known', ['@count' => number_format($tokens)]);
  }

  /**
   * An amount of money.
   */
  public function money(float $micros): TranslatableMarkup {
    $amount = $micros / 1000000;
    return $this->t('@amount US dollars', ['@amount' => number_format($amount, $amount >= 1 ? 2 : 4)]);
  }

}
